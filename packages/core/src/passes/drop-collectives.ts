import { type Graph, rewrite } from "../graph.js"
import { isCollective } from "../ops/collective.js"

/** Removes collectives from runs with one rank, where they change nothing. */
export const dropCollectives = (graph: Graph): Graph =>
  rewrite(graph, ({ op }, inputs) => (isCollective(op) ? inputs : undefined))
