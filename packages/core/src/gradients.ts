import { formatSpec, isFloat } from "./dtype.js"
import { TubeletError } from "./errors.js"
import { nodesOf } from "./graph.js"
import { add } from "./ops/elementwise.js"
import { constant } from "./ops/source.js"
import { broadcast } from "./ops/sum.js"
import { flatten, mapTree, type Tree } from "./records.js"
import { describeSite, withSite } from "./site.js"
import type { Node, Tensor } from "./tensor.js"
import { isTensor } from "./trace.js"

/**
 * Reverse-mode differentiation: the cotangents of `sources` given those of `outputs`. A source
 * computed from another propagates to it, unless `partial` stops the search at sources.
 */
export function pullBack(
  outputs: readonly (readonly [Tensor, Tensor])[],
  sources: readonly Tensor[],
  { partial = false } = {},
): (Tensor | undefined)[] {
  const cotangents = new Map<Tensor, Tensor>()
  const accumulate = (t: Tensor, g: Tensor) => {
    const before = cotangents.get(t)
    cotangents.set(t, before === undefined ? g : add(before, g))
  }
  for (const [output, cotangent] of outputs) accumulate(output, cotangent)
  const active = activeNodes(
    outputs.map(([t]) => t),
    sources,
    partial,
  )
  for (const node of active.reverse()) {
    const gs = node.outputs.map((t) => cotangents.get(t))
    if (gs.every((g) => g === undefined)) continue
    for (const [i, g] of withSite(node.site, () => inputCotangents(node, gs)).entries()) {
      const t = node.inputs[i]
      if (g !== undefined && isFloat(t.dtype)) accumulate(t, g)
    }
  }
  return sources.map((t) => cotangents.get(t))
}

/** The nodes on paths from the sources to the outputs, in order. */
function activeNodes(
  outputs: readonly Tensor[],
  sources: readonly Tensor[],
  partial: boolean,
): Node[] {
  const isSource = new Set(sources)
  const reaches = new Set<Node>()
  const active: Node[] = []
  const atSource = (node: Node) => partial && node.outputs.some((t) => isSource.has(t))
  for (const node of nodesOf(outputs, atSource)) {
    const depends = node.inputs.some((t) => isSource.has(t) || reaches.has(t.node))
    if (depends) {
      reaches.add(node)
      active.push(node)
    }
  }
  return active
}

function inputCotangents(
  node: Node,
  gs: readonly (Tensor | undefined)[],
): readonly (Tensor | undefined)[] {
  const found = node.op.gradient?.(node, gs)
  if (found !== undefined) return found
  if (node.op.decompose) {
    const outputs = node.op.decompose(node.inputs, node.attrs)
    const pairs = outputs.flatMap((t, i) => (gs[i] === undefined ? [] : [[t, gs[i]] as const]))
    return pullBack(pairs, node.inputs, { partial: true })
  }
  return node.inputs.map(() => undefined)
}

/**
 * Extends the graph with the gradients of a scalar with respect to every tensor in `params`: zeros
 * for parameters that the loss does not depend on.
 */
export function gradients<P>(loss: Tensor, params: P): { grads: P } {
  if (loss.size !== 1 || !isFloat(loss.dtype)) {
    throw new TubeletError(
      `gradients: the loss is ${formatSpec(loss)}, expected a float scalar`,
      `sum or average it first (computed at ${describeSite(loss.node.site)})`,
    )
  }
  const leaves = flatten<Tensor>(params as Tree<Tensor>, isTensor)
  const seed = broadcast(constant(1, [], loss.dtype), loss.shape)
  const found = pullBack(
    [[loss, seed]],
    leaves.map(([, t]) => t),
  )
  const grads = new Map(leaves.map(([path, t], i) => [path, found[i] ?? zerosLike(t)]))
  return {
    grads: mapTree<Tensor, Tensor>(
      params as Tree<Tensor>,
      isTensor,
      (_, path) => grads.get(path)!,
    ) as P,
  }
}

const zerosLike = (t: Tensor): Tensor => broadcast(constant(0, [], t.dtype), t.shape)
