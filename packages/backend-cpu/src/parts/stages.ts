import { type Graph, type GraphOutput, nodesOf, type Tensor } from "@tubelet/core"

/** When tensors come and when they are last needed, in numbers of parts. */
export interface Timing {
  /** The part that makes a tensor at the cut. */
  madeIn(t: Tensor): number
  /** The last part that reads an input; -1 for none. */
  lastReadIn(t: Tensor): number
  /** The number of parts. */
  readonly parts: number
}

/** A vector that is stored, or a sum over one. */
interface Root {
  readonly tensor: Tensor
  readonly output?: GraphOutput
  /** Vectors it reads or overwrites, and sums that it reads. */
  readonly touched: ReadonlySet<Tensor>
  readonly sums: ReadonlySet<Tensor>
}

const isFullSum = ({ node, size }: Tensor): boolean =>
  node.op.name === "sum" && size === 1 && node.inputs[0]!.size > 1

/**
 * Cuts a graph of state updates into one for each part of the step, as early as their gradients
 * are there: then these are freed at once, not held to the end. Nothing is overwritten before its
 * last reader has run. Sums over gradients (their norm) are taken on the way; what depends on a
 * sum over all of them, such as clipping, waits. Scalars come last. A stage's inputs are the
 * graph's, then the sums of earlier stages.
 */
export function stageUpdates(update: Graph, timing: Timing): (Graph | undefined)[] {
  const roots = rootsOf(update)
  const stageOf = stages(update, roots, timing)
  const last = timing.parts - 1
  const sums = roots.filter((root) => root.output === undefined)
  const made: { path: string; tensor: Tensor; donated: boolean }[] = []
  return Array.from({ length: timing.parts }, (_, stage) => {
    const rooted = new Map(roots.map((root) => [root.output, root]))
    const outputs = update.outputs.filter((output) => {
      const root = rooted.get(output)
      return (root ? stageOf.get(root) : last) === stage
    })
    const here = sums.filter((root) => stageOf.get(root) === stage)
    const named = here.map(({ tensor }, i) => ({ path: `sum/${stage}/${i}`, tensor }))
    const inputs = [...update.inputs, ...made]
    made.push(...named.map((t) => ({ ...t, donated: false })))
    const all = [...outputs, ...(stage === last ? [] : named)]
    return all.length === 0 ? undefined : { inputs, outputs: all }
  })
}

function rootsOf(update: Graph): Root[] {
  const given = new Set(update.inputs.map((x) => x.tensor))
  const behind = (t: Tensor) => reachable(t, given)
  const stores = update.outputs.flatMap((output): Root[] => {
    const { tensor, into } = output
    const target = into === undefined ? undefined : update.inputs[into]!.tensor
    if (tensor.size === 1 || target === tensor) return []
    const { vectors, sums } = behind(tensor)
    return [{ tensor, output, touched: new Set([...vectors, ...(target ? [target] : [])]), sums }]
  })
  const nodes = nodesOf(
    update.outputs.map((o) => o.tensor),
    (node) => node.outputs.every((t) => given.has(t)),
  )
  const totals = nodes
    .flatMap((node) => node.outputs)
    .filter(isFullSum)
    .map((tensor): Root => {
      const { vectors, sums } = behind(tensor.node.inputs[0]!)
      return { tensor, touched: vectors, sums }
    })
  return [...stores, ...totals]
}

/** The given vectors and the sums that an expression reads, looking through no sum. */
function reachable(from: Tensor, given: ReadonlySet<Tensor>) {
  const vectors = new Set<Tensor>()
  const sums = new Set<Tensor>()
  const seen = new Set<Tensor>()
  const pending = [from]
  for (let t = pending.pop(); t !== undefined; t = pending.pop()) {
    if (seen.has(t)) continue
    seen.add(t)
    if (given.has(t)) vectors.add(t)
    else if (isFullSum(t)) sums.add(t)
    else pending.push(...t.node.inputs)
  }
  return { vectors, sums }
}

/** The stage of each root: raised until it is late enough for all it depends on. */
function stages(update: Graph, roots: readonly Root[], timing: Timing): Map<Root, number> {
  const overwritten = new Set(
    update.outputs.flatMap(({ into }) => (into === undefined ? [] : [update.inputs[into]!.tensor])),
  )
  const stageOf = new Map(roots.map((root) => [root, earliest(root, timing, overwritten)]))
  const bySum = new Map(roots.flatMap((r) => (r.output ? [] : [[r.tensor, r] as const])))
  for (let raised = true; raised; ) {
    raised = false
    const latest = new Map<Tensor, number>()
    for (const root of roots) {
      for (const t of root.touched) latest.set(t, Math.max(latest.get(t) ?? 0, stageOf.get(root)!))
    }
    for (const root of roots) {
      const together = [...root.touched].flatMap((t) => (overwritten.has(t) ? latest.get(t)! : []))
      const after = [...root.sums].map((sum) => stageOf.get(bySum.get(sum)!)!)
      const stage = Math.max(stageOf.get(root)!, ...together, ...after)
      if (stage > stageOf.get(root)!) raised = true
      stageOf.set(root, stage)
    }
  }
  return stageOf
}

/** When all it reads has been made, and none but it needs what it overwrites. */
function earliest(root: Root, timing: Timing, overwritten: ReadonlySet<Tensor>): number {
  const times = [...root.touched].map((t) =>
    Math.max(timing.madeIn(t), overwritten.has(t) ? timing.lastReadIn(t) : 0),
  )
  return Math.max(0, ...times)
}
