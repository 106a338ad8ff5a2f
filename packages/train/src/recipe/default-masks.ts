import { random, runningCell, tube } from "@tubelet/masking"
import type { System } from "@tubelet/models"
import type { MaskRules } from "../data/masks.js"

/** The authors' masks: random 0.75; tubes 0.9; tubes 0.9 with running cells 0.5 in the decoder. */
export function defaultMasks(system: System): MaskRules {
  if (system === "mae") return { encoder: { masking: random, ratio: 0.75 } }
  const encoder = { masking: tube, ratio: 0.9 }
  return system === "videomae"
    ? { encoder }
    : { encoder, decoder: { masking: runningCell, ratio: 0.5 } }
}
