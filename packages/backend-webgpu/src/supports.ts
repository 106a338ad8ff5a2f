import type { Op } from "@tubelet/core"
import { isMath } from "./wgsl/math.js"

/** Whether this backend keeps a composite whole: it has a kernel or a function for it. */
export const supports = (op: Op): boolean =>
  isMath(op.name) || op.name === "attention" || op.name === "attentionGradient"
