import { sameShape } from "../dtype.js"
import { type Graph, rewrite } from "../graph.js"
import { neg } from "../ops/elementwise.js"
import { cast, permute, reshape } from "../ops/shape.js"
import { scalarValue } from "../ops/source.js"
import { broadcast } from "../ops/sum.js"
import type { Node, Tensor } from "../tensor.js"
import { joinPads } from "./join-pads.js"

/** The value of a constant scalar, even if broadcast. */
export function splatValue(t: Tensor): number | undefined {
  let source = t
  while (source.node.op.name === "broadcast" || source.node.op.name === "reshape") {
    source = source.node.inputs[0]
  }
  return scalarValue(source)
}

type Simplification = (inputs: readonly Tensor[], node: Node) => Tensor | undefined

const madeBy = (t: Tensor, name: string): boolean => t.node.op.name === name
const behind = (t: Tensor): Tensor => t.node.inputs[0]

/** One line per law. A rule returns undefined where it does not apply. */
const laws: Record<string, Simplification> = {
  reshape: ([x], { outputs: [y] }) =>
    madeBy(x, "reshape") || sameShape(x.shape, y.shape)
      ? reshape(madeBy(x, "reshape") ? behind(x) : x, y.shape)
      : undefined,
  permute: ([x], { attrs }) => {
    const axes = attrs.axes as number[]
    if (!madeBy(x, "permute")) return undefined
    const inner = x.node.attrs.axes as number[]
    return permute(
      behind(x),
      axes.map((a) => inner[a]),
    )
  },
  broadcast: ([x], { outputs: [y] }) =>
    madeBy(x, "broadcast") ? broadcast(behind(x), y.shape) : undefined,
  cast: ([x], { outputs: [y] }) => (x.dtype === y.dtype ? cast(x, y.dtype) : undefined),
  add: ([x, y]) => (splatValue(y) === 0 ? x : splatValue(x) === 0 ? y : joinPads(x, y)),
  sub: ([x, y]) => (splatValue(y) === 0 ? x : undefined),
  mul: ([x, y]) =>
    splatValue(y) === 1
      ? x
      : splatValue(x) === 1
        ? y
        : splatValue(y) === -1
          ? neg(x)
          : splatValue(y) === 0 && x.size === 1
            ? y
            : undefined,
  div: ([x, y]) => (splatValue(y) === 1 ? x : undefined),
  neg: ([x]) => (madeBy(x, "neg") ? behind(x) : undefined),
}

/** Removes no-ops and combines consecutive view ops. */
export const simplify = (graph: Graph): Graph =>
  rewrite(graph, (node, inputs) => {
    const simpler = laws[node.op.name]?.(inputs, node)
    return simpler && [simpler]
  })
