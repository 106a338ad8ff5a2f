import { type Graph, rewrite } from "../graph.js"
import { isCollective } from "../ops/collective.js"

/** Removes what ranks do together, for a run of one rank: there it changes nothing. */
export const dropCollectives = (graph: Graph): Graph =>
  rewrite(graph, ({ op }, inputs) => (isCollective(op) ? inputs : undefined))
