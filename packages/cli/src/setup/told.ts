import { choice, type FlagValues, text, whole } from "../shell/flag.js"
import { modelFlag, systems } from "./model.js"

/** What shapes do not show of a model, nor perhaps its file. */
export const modelChangeFlags = {
  system: choice("whose model (as it says)", systems),
  heads: whole("heads of the encoder (those usual for its width)"),
  decoderHeads: whole("heads of the decoder (likewise)"),
}

export const checkpointKeyFlag = text("which model in the file: teacher, model_ema, ...", "KEY")

/** What a checkpoint's tensors do not show, told by hand: on every command that reads one. */
export const toldFlags = {
  checkpointKey: checkpointKeyFlag,
  model: { ...modelFlag, help: "what the checkpoint is, a preset or a config (as it shows)" },
  frames: whole("frames of a clip (as it says, or 16)"),
  size: whole("side of a clip in pixels (as it says, or 224)"),
  target: choice("what it predicts (as it says, or normalised)", ["pixels", "normalised"] as const),
  ...modelChangeFlags,
}

export type Told = FlagValues<typeof toldFlags>
