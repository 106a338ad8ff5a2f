import type { Op } from "@tubelet/core"

const composites = new Set(["gelu", "geluGradient", "sigmoid", "attention", "attentionGradient"])

/** Composites that have kernels of their own. */
export const knows = (op: Op): boolean => composites.has(op.name)
