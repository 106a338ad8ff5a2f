import type { Op } from "@tubelet/core"

const composites = new Set(["gelu", "geluGradient", "sigmoid", "attention", "attentionGradient"])

/** Whether this backend keeps a composite whole: it has a kernel or a formula of its own. */
export const supports = (op: Op): boolean => composites.has(op.name)
