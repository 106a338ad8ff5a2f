import { pullBack } from "./gradients.js"
import { nodesOf, rewriteTensors } from "./graph.js"
import { apply, type Op } from "./op.js"
import { barrier } from "./ops/shape.js"
import { flatten, mapTree, type Tree } from "./records.js"
import { Node, type Tensor } from "./tensor.js"
import { isTensor } from "./trace.js"

interface RegionAttrs {
  /** The number of inputs from outside the region; the region's results follow them. */
  outside: number
}

/**
 * Returns its last inputs. The backward pass recomputes everything between its first inputs and
 * those.
 */
const regionOp: Op<RegionAttrs> = {
  name: "region",
  shape: (inputs, { outside }) => inputs.slice(outside),
  decompose: (inputs, { outside }) => inputs.slice(outside),
  gradient({ inputs, attrs: { outside } }, cotangents) {
    const sources = inputs.slice(0, outside)
    const after = cotangents.filter(isTensor)
    // Behind a barrier that waits for the incoming gradient, no pass can merge the recomputation
    // with the forward pass or start it early.
    const held = sources.map((t) => barrier(t, ...after))
    const become = new Map(sources.map((t, i) => [t, held[i]]))
    const results = inputs.slice(outside)
    rewriteTensors(results, () => undefined, become)
    const pairs = results.flatMap((t, i) => {
      const g = cotangents[i]
      return g === undefined ? [] : [[become.get(t)!, g] as const]
    })
    return [...pullBack(pairs, held, { partial: true }), ...results.map(() => undefined)]
  },
}

/**
 * Runs `body`, whose intermediates the backward pass recomputes instead of keeping: saves memory at
 * the cost of time, like torch.utils.checkpoint (Chen et al. 2016).
 */
export function recompute<T>(body: () => T): T {
  const before = new Node(markOp, [], {}, []).id
  const result = body()
  const leaves = flatten<Tensor>(result as Tree<Tensor>, isTensor)
  const results = leaves.map(([, t]) => t)
  const inner = nodesOf(results, (node) => node.id <= before)
  const read = [...inner.flatMap((node) => node.inputs), ...results]
  const outside = new Set(read.filter((t) => t.node.id <= before))
  const outputs = apply(regionOp, [...outside, ...results], { outside: outside.size })
  const byPath = new Map(leaves.map(([path], i) => [path, outputs[i]]))
  return mapTree<Tensor, Tensor>(
    result as Tree<Tensor>,
    isTensor,
    (_, path) => byPath.get(path)!,
  ) as T
}

const markOp: Op<object> = {
  name: "mark",
  shape: () => [],
}
