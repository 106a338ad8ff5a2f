import type { Graph } from "../graph.js"
import type { Op } from "../op.js"
import { cse } from "./cse.js"
import { dropCollectives } from "./drop-collectives.js"
import { lower } from "./lower.js"
import { simplify } from "./simplify.js"

export { cse } from "./cse.js"
export { dropCollectives } from "./drop-collectives.js"
export { lower, opsOf } from "./lower.js"
export { simplify, splatValue } from "./simplify.js"
export { widenProducts } from "./widen-products.js"

/**
 * The passes that every compile runs before the backend sees the graph. Runs have one rank so far.
 */
export const optimise = (graph: Graph, supports: (op: Op) => boolean): Graph =>
  cse(simplify(cse(simplify(lower(dropCollectives(graph), supports)))))
