import { bytesOf, isSource, type Node, readersOf, type Tensor } from "@tubelet/core"

const moves: ReadonlySet<string> = new Set(["permute", "slice", "pad", "concat", "cast", "select"])

/** One pass over memory, as cheap as reading the result back. */
const isCheap = ({ op }: Node): boolean =>
  op.elementwise !== undefined || moves.has(op.name) || op.name === "layerNorm"

/** Below this many bytes, recomputing a tensor gains nothing. */
const smallBytes = 2 ** 16

/**
 * What one run of nodes keeps for later ones. A tensor is recomputed in the run that reads it if
 * that is cheap and its operands are kept anyway: layer norms' results from their input, GELU's
 * from its input. Activations are the largest part of a step's memory after the weights.
 */
export function keptBetween(nodes: readonly Node[], runOf: ReadonlyMap<Node, number>): Set<Tensor> {
  const kept = new Set<Tensor>()
  for (const [t, readers] of readersOf(nodes)) {
    const own = runOf.get(t.node)
    if (!isSource(t.node) && readers.some((node) => runOf.get(node) !== own)) kept.add(t)
  }
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((t) => kept.has(t))) continue
    const missing = node.inputs.filter((x) => !isSource(x.node) && !kept.has(x))
    // A node with several results is recomputed as a whole or not at all.
    const again = gains(node, total(missing))
    for (const t of node.outputs) again ? kept.delete(t) : kept.add(t)
    if (again) for (const x of missing) kept.add(x)
  }
  return kept
}

const total = (tensors: readonly Tensor[]): number => tensors.reduce((n, t) => n + bytesOf(t), 0)

/** Whether recomputing a node saves memory, if it requires keeping `extra` bytes. */
function gains(node: Node, extra: number): boolean {
  const bytes = total(node.outputs)
  if (node.op.name === "reshape" || node.op.name === "broadcast") return extra <= bytes
  return isCheap(node) && bytes > smallBytes && extra < bytes
}
