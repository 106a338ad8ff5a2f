import { apply1, type Op } from "../op.js"
import type { Tensor } from "../tensor.js"

/**
 * The sum over all ranks; the identity on one.
 *
 * Opaque: collectives must run once, in the same order on every rank, so no pass may fuse or merge
 * them. `dropCollectives` removes them on one rank.
 */
export const allReduceOp: Op<object> = {
  name: "allReduce",
  shape: ([x]) => [x],
  gradient: (_, [g]) => [allReduce(g!)],
}

export const allReduce = (x: Tensor): Tensor => apply1(allReduceOp, [x], {})

/** Collective ops. */
export const isCollective = (op: Op): boolean => op.name === allReduceOp.name
