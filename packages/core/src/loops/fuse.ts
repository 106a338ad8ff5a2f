import { formatSpec } from "../dtype.js"
import { TubeletError } from "../errors.js"
import { type Graph, nodesOf } from "../graph.js"
import { isSource } from "../op.js"
import { describeSite } from "../site.js"
import type { Node, Tensor } from "../tensor.js"
import { type Loop, loopKey } from "./loop.js"
import { LoopBuilder, type VectorSource, vectorsOf } from "./loop-builder.js"
import { ScalarPlan, type ScalarStep, sumsBehind } from "./scalars.js"
import { type CanLoop, isUpdate } from "./updates.js"

/** One loop and its arguments. */
export interface LoopStep {
  readonly kind: "loop"
  /** The same object for all steps with the same structure. */
  readonly loop: Loop
  /** Elements per vector. */
  readonly size: number
  readonly vectors: readonly VectorSource[]
  /** Slots of the scalar inputs. */
  readonly scalars: readonly number[]
  /** The graph outputs that the stores write. */
  readonly stores: readonly number[]
  /** Slots for the sums. */
  readonly sums: readonly number[]
}

/**
 * State updates as loops over memory. Scalars live in numbered slots, in double precision. Steps
 * run in order; an output may share the storage of the input it is donated from, since no step
 * reads what another has overwritten.
 */
export interface UpdateProgram {
  readonly slots: number
  readonly steps: readonly (LoopStep | ScalarStep)[]
  /** Scalar outputs and their slots. */
  readonly results: readonly { readonly output: number; readonly slot: number }[]
}

/** What a loop must produce, and its dependencies. */
interface Root {
  readonly kind: "store" | "sum"
  /** The vector to store or sum. */
  readonly value: Tensor
  /** The scalar result of a sum. */
  readonly sum?: Tensor
  readonly output: number
  /** The vectors it reads, and the one it may overwrite. */
  readonly accesses: ReadonlySet<Tensor>
  /** The sums it depends on. */
  readonly sums: ReadonlySet<Tensor>
}

/**
 * Fuses a graph of elementwise ops, full sums and scalars into loops. Each stored vector and each
 * sum is an expression of the graph's vectors; those with a vector in common share one loop. Sums
 * that other results depend on come first, and each loop recomputes what it needs of earlier
 * expressions, since reads are expensive and arithmetic is not. All stores come in a last phase.
 */
export function fuseUpdates(graph: Graph, canLoop: CanLoop): UpdateProgram {
  const given = new Map(graph.inputs.map(({ tensor }, i) => [tensor, i]))
  const nodes = nodesOf(
    graph.outputs.map((o) => o.tensor),
    (node) => node.outputs.every((t) => given.has(t)),
  )
  for (const node of nodes) requireUpdate(node, canLoop)
  const steps: (LoopStep | ScalarStep)[] = []
  const scalars = new ScalarPlan(given, (step) => steps.push(step))
  const shared = new Map<string, Loop>()
  for (const phase of phases(rootsOf(graph, nodes, given))) {
    for (const roots of sharingAccesses(phase)) {
      steps.push(loopStep(roots, given, scalars, shared))
    }
  }
  const results = graph.outputs.flatMap(({ tensor }, output) =>
    tensor.size === 1 ? [{ output, slot: scalars.slotOf(tensor) }] : [],
  )
  return { slots: scalars.slots, steps, results }
}

function requireUpdate(node: Node, canLoop: CanLoop): void {
  if (isSource(node) || isUpdate(node, canLoop)) return
  throw new TubeletError(
    `${node.op.name} cannot run in an elementwise loop`,
    `used at ${describeSite(node.site)}; separate it with splitUpdates`,
  )
}

function requireFloat(t: Tensor): void {
  if (t.dtype === "f32") return
  throw new TubeletError(
    `a loop cannot read ${formatSpec(t)}: loops take f32 only`,
    `it comes from ${t.node.op.name}, used at ${describeSite(t.node.site)}`,
  )
}

function rootsOf(graph: Graph, nodes: readonly Node[], given: ReadonlyMap<Tensor, number>): Root[] {
  const isGiven = (t: Tensor) => given.has(t)
  const behind = (value: Tensor) => {
    const vectors = vectorsOf(value, isGiven)
    for (const t of vectors) requireFloat(t)
    return { value, vectors, sums: sumsBehind(value, isGiven) }
  }
  const stores = graph.outputs.flatMap(({ tensor, into }, output): Root[] => {
    const target = into === undefined ? [] : [graph.inputs[into].tensor]
    if (tensor.size === 1 || target[0] === tensor) return []
    const { value, vectors, sums } = behind(tensor)
    return [{ kind: "store", value, output, sums, accesses: new Set([...vectors, ...target]) }]
  })
  const sums = nodes
    .filter((node) => node.op.name === "sum" && node.inputs[0].size > 1)
    .map((node): Root => {
      const { value, vectors, sums } = behind(node.inputs[0])
      return { kind: "sum", value, sum: node.outputs[0], output: -1, sums, accesses: vectors }
    })
  return [...stores, ...sums]
}

/**
 * Sums that others depend on, by their own depth; then everything else. Nothing is overwritten
 * before the last phase.
 */
function phases(roots: readonly Root[]): Root[][] {
  const early = new Set(roots.flatMap((root) => [...root.sums]))
  const bySum = new Map(roots.flatMap((root) => (root.sum ? [[root.sum, root] as const] : [])))
  const levelOf = (root: Root): number =>
    Math.max(-1, ...[...root.sums].map((sum) => levelOf(bySum.get(sum)!))) + 1
  const isEarly = (root: Root) => root.sum !== undefined && early.has(root.sum)
  const waiting = roots.filter(isEarly).map((root) => ({ root, level: levelOf(root) }))
  const levels = Math.max(-1, ...waiting.map(({ level }) => level)) + 1
  const atLevel = (level: number) => waiting.filter((w) => w.level === level).map((w) => w.root)
  return [
    ...Array.from({ length: levels }, (_, level) => atLevel(level)),
    roots.filter((root) => !isEarly(root)),
  ]
}

/**
 * Groups what shares a vector, directly or through others. So the loop that overwrites a vector
 * also contains everything that reads it, and reads each element before it writes it.
 */
function sharingAccesses(roots: readonly Root[]): Root[][] {
  const groupOf = new Map<Tensor, Root[]>()
  const groups = new Set<Root[]>()
  for (const root of roots) {
    const found = new Set([...root.accesses].flatMap((t) => [groupOf.get(t) ?? []]))
    const [group = [], ...others] = [...found].filter((g) => g.length > 0)
    group.push(root, ...others.flat())
    groups.add(group)
    for (const other of others) groups.delete(other)
    for (const r of [root, ...others.flat()]) for (const t of r.accesses) groupOf.set(t, group)
  }
  return [...groups]
}

function loopStep(
  roots: readonly Root[],
  given: ReadonlyMap<Tensor, number>,
  scalars: ScalarPlan,
  shared: Map<string, Loop>,
): LoopStep {
  const stores = roots.filter((r) => r.kind === "store").sort((a, b) => a.output - b.output)
  const sums = roots.filter((r) => r.kind === "sum")
  const builder = new LoopBuilder(given)
  const made = builder.build([...stores, ...sums])
  const key = loopKey(made)
  const loop = shared.get(key) ?? made
  shared.set(key, loop)
  return {
    kind: "loop",
    loop,
    size: roots[0].value.size,
    vectors: builder.vectors,
    scalars: builder.scalars.map((t) => scalars.slotOf(t)),
    stores: stores.map((r) => r.output),
    sums: sums.map((r) => scalars.reserve(r.sum!)),
  }
}
