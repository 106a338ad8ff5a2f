import type { Op } from "@tubelet/core"
import { isMath } from "./wgsl/math.js"

/** Whether this backend has a kernel or a function for a composite. */
export const supports = (op: Op): boolean =>
  isMath(op.name) || op.name === "attention" || op.name === "attentionGradient"
