import type { Graph } from "../graph.js"
import type { MatmulAttrs } from "../ops/matmul.js"
import type { Node, Tensor } from "../tensor.js"
import { type Group, groupsOf } from "./groups.js"
import type { Kernel, Matmul, Store, Strided } from "./kernel.js"
import { type Limits, unlimited } from "./limits.js"
import { axesOf } from "./materialize.js"
import { ordered } from "./order.js"
import { baseOf, stridedView } from "./strided.js"

/** A graph as an ordered list of kernels. */
export interface Schedule {
  readonly kernels: readonly Kernel[]
  /**
   * Outputs whose kernels may overwrite a donated input directly, and that input: no kernel reads
   * the old value afterwards. Others need their own memory and a copy at the end.
   */
  readonly inPlace: ReadonlyMap<Tensor, Tensor>
}

/**
 * Partitions a graph into kernels. Maps and views are computed where they are read. Neighbours over
 * the same elements share a kernel: a chain of maps, the reductions of a row with everything around
 * them, a matrix product and its epilogue. What kernels store is then materialised.
 */
export function schedule(graph: Graph, given: Partial<Limits> = {}): Schedule {
  const limits = { ...unlimited, ...given }
  const groups = groupsOf(graph, limits)
  const stored = new Set([...groups].flatMap((g) => g.results.map(({ tensor }) => tensor)))
  const kernels = new Map([...groups].map((group) => [group, kernelOf(group, stored)]))
  const { order, inPlace } = ordered(graph, kernels, limits)
  return { kernels: order.map((group) => kernels.get(group)!), inPlace }
}

function kernelOf({ tensors, results, space, body }: Group, stored: ReadonlySet<Tensor>): Kernel {
  const { node } = tensors[0]
  if (space === undefined) {
    return { kind: "opaque", node, operands: operandsOf(node, stored), results }
  }
  if (space.kind === "nest") {
    return { kind: "nest", outer: space.outer, inner: space.inner, ...body! }
  }
  const product = tensors.find((t) => t.node.op.name === "matmul")!.node
  return matmulOf(product, operandsOf(product, stored), body!.outerStores)
}

function matmulOf(node: Node, [a, b]: readonly Strided[], stores: readonly Store[]): Matmul {
  const { transposeA, transposeB } = node.attrs as MatmulAttrs
  const [batch, rows, columns] = axesOf(node, node.inputs[0]) as [number, number, number]
  const [m, k] = transposeA ? [columns, rows] : [rows, columns]
  const n = node.outputs[0].shape.at(-1)!
  const turned = transposeA ? turn(a) : a
  return { kind: "matmul", batch, m, n, k, a: turned, b: transposeB ? turn(b) : b, stores }
}

const turn = ({ tensor, offset, strides: [s, i, j] }: Strided): Strided => ({
  tensor,
  offset,
  strides: [s, j, i],
})

const operandsOf = (node: Node, stored: ReadonlySet<Tensor>): Strided[] =>
  node.inputs.map((t) => {
    const base = baseOf(t, (x) => stored.has(x))
    return stridedView(t, base, axesOf(node, t)) ?? stridedView(t, t, axesOf(node, t))!
  })
