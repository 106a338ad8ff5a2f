import { apply1, type Op } from "../op.js"
import type { Tensor } from "../tensor.js"

/**
 * The sum over all ranks; the identity on one.
 *
 * Opaque: what ranks do together must happen once, in one order on all of them, so no pass fuses or
 * merges it. On one rank `dropCollectives` removes it.
 */
export const allReduceOp: Op<object> = {
  name: "allReduce",
  shape: ([x]) => [x],
  gradient: (_, [g]) => [allReduce(g!)],
}

export const allReduce = (x: Tensor): Tensor => apply1(allReduceOp, [x], {})

/** What ranks do together. */
export const isCollective = (op: Op): boolean => op.name === allReduceOp.name
