import { type Graph, graphNodes, readersOf } from "../graph.js"
import type { Node, Tensor } from "../tensor.js"
import type { Strided } from "./kernel.js"
import type { Limits } from "./limits.js"
import { at, plus, ravel, unravel } from "./position.js"
import { alongAxes, strided } from "./strided.js"
import type { Coordinates } from "./value.js"

/**
 * Results whose only use is to lie side by side in one materialised tensor, and where they lie in
 * it. Their kernels write them there, so that tensor needs no kernel.
 */
export function joinedResults(
  graph: Graph,
  materialized: ReadonlySet<Tensor>,
  { places }: Pick<Limits, "places">,
): Map<Tensor, Strided> {
  const nodes = graphNodes(graph)
  const readers = readersOf(nodes)
  const shown = new Set(graph.outputs.map(({ tensor }) => tensor))
  const onlyReader = (t: Tensor): Node | undefined => {
    const reading = shown.has(t) ? [] : (readers.get(t) ?? [])
    return reading.length === 1 ? reading[0] : undefined
  }
  const joined = new Map<Tensor, Strided>()
  const filled = new Map<Tensor, number>()
  for (const part of nodes.filter(({ op }) => op.writesStrided).flatMap((n) => n.outputs)) {
    const lies = destinationOf(part, materialized, onlyReader)
    // A kernel can bind only so much: the larger tensor must not need more bindings.
    if (lies === undefined || places(lies.tensor) > places(part)) continue
    joined.set(part, lies)
    filled.set(lies.tensor, (filled.get(lies.tensor) ?? 0) + part.size)
  }
  return new Map([...joined].filter(([, { tensor }]) => filled.get(tensor) === tensor.size))
}

/** Where a tensor lies in the materialised tensor that it is only copied into. */
function destinationOf(
  part: Tensor,
  materialized: ReadonlySet<Tensor>,
  onlyReader: (t: Tensor) => Node | undefined,
): Strided | undefined {
  let [t, coordinates] = [part, alongAxes(part.shape)]
  do {
    const reader = onlyReader(t)
    const moved = reader && movedBy(reader, t, coordinates)
    if (moved === undefined) return undefined
    t = reader!.outputs[0]
    coordinates = moved
  } while (!materialized.has(t))
  return strided(t, ravel(coordinates, t.shape), part.rank)
}

/** Where an element of an input ends up after a view op that keeps all elements. */
function movedBy({ op, attrs, inputs, outputs }: Node, x: Tensor, c: Coordinates) {
  if (op.name === "reshape") return unravel(ravel(c, x.shape), outputs[0].shape)
  if (op.name === "permute") return (attrs.axes as number[]).map((axis) => c[axis])
  if (op.name !== "concat") return undefined
  const axis = attrs.axis as number
  const before = inputs.slice(0, inputs.indexOf(x)).map((t) => t.shape[axis])
  const start = before.reduce((sum, length) => sum + length, 0)
  return c.map((position, i) => (i === axis ? plus(position, at(start)) : position))
}
