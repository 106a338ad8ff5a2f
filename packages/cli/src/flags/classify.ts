import { backendFlags } from "../backends.js"
import { choice, type FlagValues, text } from "../shell/flag.js"
import { clipFlags } from "./clip.js"
import { dataFlags } from "./data.js"
import { checkpointKeyFlag, headMapFlag, modelChangeFlags } from "./model.js"

const { decoderHeads: _, ...changes } = modelChangeFlags

/** A trained classifier, and how it looks at clips. */
export const classifyFlags = {
  checkpoint: text("folder of a run, a file, or hf:OWNER/NAME", "PATH"),
  headMap: headMapFlag,
  labels: text("class names, one per line (the run's labels.json)", "FILE"),
  views: text("clips x crops of a video: 5x3 tests as VideoMAE on Kinetics (1x1)", "NxM"),
  merge: choice("what is averaged over views (prob)", ["prob", "score"]),
  stride: clipFlags.stride,
  checkpointKey: checkpointKeyFlag,
  ...changes,
  ...backendFlags,
  workers: dataFlags.workers,
}

export type ClassifyValues = FlagValues<typeof classifyFlags>
