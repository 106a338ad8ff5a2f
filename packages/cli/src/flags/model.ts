import { choice, type FlagValues, text, whole } from "../shell/flag.js"
import { modelClipFlags } from "./clip.js"
import { modelFlag, systems } from "./model-choice.js"

/** The operand of commands that read a checkpoint. */
export const checkpointOperand =
  "input: safetensors, .pth, folder of a run or a model, or hf:OWNER/NAME"

const targets = ["pixels", "normalised"] as const

/** Model properties that tensor shapes do not determine and the file may not record. */
export const modelChangeFlags = {
  system: choice("model family (detected)", systems),
  heads: whole("encoder attention heads (usual number for its width)"),
  decoderHeads: whole("decoder attention heads (usual number for its width)"),
}

export const checkpointKeyFlag = text("which model in the file: teacher, model_ema, ...", "KEY")

export const headMapFlag = text("JSON list: each class's index in the old head", "FILE")

export const targetFlag = choice("what to predict (normalised)", targets)

/** A model to build: a preset, a config, or that of a checkpoint. */
export const modelFlags = {
  model: modelFlag,
  ...modelClipFlags,
  ...modelChangeFlags,
  checkpointKey: checkpointKeyFlag,
}

/** Flags of commands that read a checkpoint, for what its tensors do not determine. */
export const toldFlags = {
  checkpointKey: checkpointKeyFlag,
  model: { ...modelFlag, help: "the checkpoint's model, a preset or a config (detected)" },
  ...modelClipFlags,
  target: targetFlag,
  ...modelChangeFlags,
}

export type Told = FlagValues<typeof toldFlags>
