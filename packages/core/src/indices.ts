import type { HostArray } from "./dtype.js"
import { TubeletError } from "./errors.js"
import { type Graph, nodesOf } from "./graph.js"
import { gatherRowsOp, gatherTokensOp, scatterRowsOp } from "./ops/index-rows.js"
import { describeSite } from "./site.js"
import type { Node } from "./tensor.js"

/** An op that uses an input as indices, and the number of rows it indexes. */
export interface IndexBound {
  readonly node: Node
  readonly count: number
}

function rowsOf({ op, inputs, outputs }: Node): number | undefined {
  if (op === gatherTokensOp) return inputs[0].shape[1]
  if (op === gatherRowsOp) return inputs[0].shape[0]
  return op === scatterRowsOp ? outputs[0].shape[0] : undefined
}

/** For each input used directly as indices, by path: the op with the fewest rows. */
export function indexBounds({ inputs, outputs }: Graph): Map<string, IndexBound> {
  const paths = new Map(inputs.map(({ path, tensor }) => [tensor, path]))
  const bounds = new Map<string, IndexBound>()
  for (const node of nodesOf(outputs.map((o) => o.tensor))) {
    const count = rowsOf(node)
    const path = count === undefined ? undefined : paths.get(node.inputs[1])
    if (path === undefined) continue
    if (count! < (bounds.get(path)?.count ?? Number.POSITIVE_INFINITY)) {
      bounds.set(path, { node, count: count! })
    }
  }
  return bounds
}

/** Throws if host indices are out of bounds, so that no device needs to check them. */
export function requireInBounds(path: string, value: HostArray | number, bound: IndexBound): void {
  const { node, count } = bound
  const indices = typeof value === "number" ? [value] : value
  const wrong = indices.findIndex((i) => i < 0 || i >= count)
  if (wrong < 0) return
  throw new TubeletError(
    `run: index ${indices[wrong]} at element ${wrong} of "${path}" is out of bounds: ` +
      `${node.op.name} indexes ${count} rows`,
    `pass indices from 0 to ${count - 1}; used at ${describeSite(node.site)}`,
  )
}
