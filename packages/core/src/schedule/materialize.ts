import { bytesOf, type Shape } from "../dtype.js"
import { type Graph, graphNodes, readersOf } from "../graph.js"
import { isMap, isOpaque, isReduction, isSource, isView } from "../op.js"
import { splatValue } from "../passes/simplify.js"
import type { Node, Tensor } from "../tensor.js"
import { type Limits, placesOf } from "./limits.js"
import { baseOf, stridedView } from "./strided.js"

/** Recomputing pays while it reads up to this multiple of the tensor's size. */
const slack = 1.25

/**
 * Whether a tensor is in memory before any kernel runs. Constants with a single value need not be.
 */
export const isGiven = (t: Tensor): boolean => isSource(t.node) && splatValue(t) === undefined

/** The axes by which an opaque kernel or matmul sees an input: a matmul flattens the batch. */
export function axesOf(node: Node, t: Tensor): Shape {
  if (node.op.name !== "matmul") return t.shape
  const [rows, columns] = t.shape.slice(-2) as [number, number]
  return [t.size / (rows * columns), rows, columns]
}

/**
 * The tensors that are written to memory, besides inputs and constants: outputs of the graph,
 * operands and results of opaque kernels, reductions, and values that several kernels would
 * otherwise recompute at a cost or could not compute within the limits. Everything else is computed
 * where it is read.
 */
export function materializedTensors(graph: Graph, limits: Limits): Set<Tensor> {
  const nodes = graphNodes(graph)
  const materialized = new Set(graph.outputs.map((o) => o.tensor))
  for (const node of nodes) {
    if (isOpaque(node) || isReduction(node)) for (const t of node.outputs) materialized.add(t)
  }
  const isKept = (t: Tensor) => materialized.has(t) || !(isView(t.node) || isMap(t.node))
  for (const node of nodes.filter(isOpaque)) {
    for (const t of node.inputs) {
      const base = baseOf(t, isKept)
      const strided = stridedView(t, base, axesOf(node, t)) !== undefined
      const kept = strided ? base : t
      if (!isGiven(kept)) materialized.add(kept)
    }
  }
  shareExpensive(nodes, materialized)
  limitOperands(nodes, materialized, limits)
  return materialized
}

/** The stored tensors that values depend on. Query in graph order. */
class Leaves {
  readonly #known = new Map<Tensor, ReadonlySet<Tensor>>()
  constructor(readonly materialized: ReadonlySet<Tensor>) {}

  /** The dependencies of a reader of `t`: `t` itself if it is stored. */
  of(t: Tensor): ReadonlySet<Tensor> {
    return this.materialized.has(t) ? new Set([t]) : this.behind(t)
  }

  /** The tensors that computing `t` reads. */
  behind(t: Tensor): ReadonlySet<Tensor> {
    const known = this.#known.get(t)
    if (known !== undefined) return known
    const leaves = new Set<Tensor>()
    if (isGiven(t)) leaves.add(t)
    else if (!isSource(t.node)) {
      for (const x of valuesOf(t.node)) for (const leaf of this.of(x)) leaves.add(leaf)
    }
    this.#known.set(t, leaves)
    return leaves
  }
}

/** The inputs that determine a node's value; a barrier ignores all but the first. */
const valuesOf = ({ op, inputs }: Node): readonly Tensor[] =>
  op.name === "barrier" ? inputs.slice(0, 1) : inputs

/** Materialises what several kernels read, if recomputing it in each would cost more. */
function shareExpensive(nodes: readonly Node[], materialized: Set<Tensor>): void {
  const asked = new Set(materialized)
  const shared = sharedMaps(nodes, asked)
  const leaves = new Leaves(materialized)
  for (const { outputs } of nodes) {
    for (const t of outputs) if (shared.has(t) && isExpensive(t, leaves)) materialized.add(t)
  }
  // A tensor that only one kernel still reads, past another materialised one, need not be kept.
  const still = sharedMaps(nodes, materialized)
  for (const t of materialized) if (!asked.has(t) && !still.has(t)) materialized.delete(t)
}

/** Maps that several kernels would compute if they were not materialised. */
function sharedMaps(nodes: readonly Node[], materialized: ReadonlySet<Tensor>): Set<Tensor> {
  const readers = readersOf(nodes)
  const kernels = new Map<Tensor, Set<Node>>()
  const shared = new Set<Tensor>()
  for (const node of [...nodes].reverse()) {
    for (const t of node.outputs) {
      const reading = new Set<Node>()
      for (const reader of readers.get(t) ?? []) {
        for (const y of reader.outputs) {
          if (materialized.has(y)) reading.add(reader)
          else for (const kernel of kernels.get(y) ?? []) reading.add(kernel)
        }
      }
      kernels.set(t, reading)
      if (isMap(node) && reading.size > 1) shared.add(t)
    }
  }
  return shared
}

function isExpensive(t: Tensor, leaves: Leaves): boolean {
  if (t.node.op.elementwise?.expensive) return true
  const read = [...leaves.behind(t)].reduce(
    (sum, leaf) => sum + Math.min(bytesOf(leaf), 4 * t.size),
    0,
  )
  return read > slack * bytesOf(t)
}

/**
 * Materialises intermediate values, those with the most operands first, until no kernel reads too
 * many tensors.
 */
function limitOperands(nodes: readonly Node[], materialized: Set<Tensor>, limits: Limits): void {
  const leaves = new Leaves(materialized)
  const counted = (t: Tensor) => placesOf(leaves.of(t), limits)
  for (const node of nodes) {
    if (isOpaque(node) || isSource(node)) continue
    const t = node.outputs[0]
    const read = () => new Set(valuesOf(node).flatMap((x) => [...leaves.of(x)]))
    // The result counts as well.
    const most = limits.operands - limits.places(t)
    while (placesOf(read(), limits) > most) {
      const inputs = valuesOf(node).filter((x) => !materialized.has(x) && !isSource(x.node))
      const largest = inputs.sort((x, y) => counted(y) - counted(x))[0]
      if (largest === undefined) break
      materialized.add(largest)
    }
    leaves.behind(t)
  }
}
