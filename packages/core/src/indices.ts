import type { HostArray } from "./dtype.js"
import { TubeletError } from "./errors.js"
import { type Graph, nodesOf } from "./graph.js"
import { gatherRowsOp, gatherTokensOp, scatterRowsOp } from "./ops/index-rows.js"
import { describeSite } from "./site.js"
import type { Node } from "./tensor.js"

/** An op that an input is an index for, and how many rows it has to choose from. */
export interface Choice {
  readonly node: Node
  readonly count: number
}

function countOf({ op, inputs, outputs }: Node): number | undefined {
  if (op === gatherTokensOp) return inputs[0].shape[1]
  if (op === gatherRowsOp) return inputs[0].shape[0]
  return op === scatterRowsOp ? outputs[0].shape[0] : undefined
}

/** By the paths of inputs that serve as indices as they are: the smallest choice of each. */
export function choicesOf({ inputs, outputs }: Graph): Map<string, Choice> {
  const paths = new Map(inputs.map(({ path, tensor }) => [tensor, path]))
  const choices = new Map<string, Choice>()
  for (const node of nodesOf(outputs.map((o) => o.tensor))) {
    const count = countOf(node)
    const path = count === undefined ? undefined : paths.get(node.inputs[1])
    if (path === undefined) continue
    if (count! < (choices.get(path)?.count ?? Number.POSITIVE_INFINITY)) {
      choices.set(path, { node, count: count! })
    }
  }
  return choices
}

/** Throws where indices from the host choose what is not there: no device need look for it then. */
export function requireChoosable(path: string, value: HostArray | number, choice: Choice): void {
  const { node, count } = choice
  const indices = typeof value === "number" ? [value] : value
  const wrong = indices.findIndex((i) => i < 0 || i >= count)
  if (wrong < 0) return
  throw new TubeletError(
    `run: "${path}" has index ${indices[wrong]} at element ${wrong}, ` +
      `but ${node.op.name} has ${count} to choose from`,
    `give indices from 0 to ${count - 1}; used at ${describeSite(node.site)}`,
  )
}
