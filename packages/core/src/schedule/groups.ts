import { type Graph, graphNodes } from "../graph.js"
import { isOpaque } from "../op.js"
import type { Node, Tensor } from "../tensor.js"
import { type Body, bodyOf, joinSpaces, type Space, spaceOf } from "./body.js"
import { loadsOf } from "./expression.js"
import { joinedResults } from "./join.js"
import type { Strided } from "./kernel.js"
import { type Limits, placesOf } from "./limits.js"
import { isGiven, materializedTensors } from "./materialize.js"
import { inItself } from "./strided.js"

/** Tensors that one kernel computes. */
export interface Group {
  /** In graph order. */
  readonly tensors: readonly Tensor[]
  /** Where each of them is stored. */
  readonly results: readonly Strided[]
  /** The loops; undefined for opaque ops. */
  readonly space: Space | undefined
  readonly body: Body | undefined
  /** Tensors of other groups that must be stored first. */
  readonly needs: ReadonlySet<Tensor>
  /** The position of its last tensor in the graph. */
  readonly last: number
}

/** Groups what can share loops: producers and consumers first, then siblings with common inputs. */
export function groupsOf(graph: Graph, limits: Limits): Set<Group> {
  const grouping = new Grouping(graph, limits)
  for (const node of graphNodes(graph)) grouping.add(node)
  return grouping.groups()
}

class Grouping {
  readonly #order: ReadonlyMap<Node, number>
  readonly #materialized: ReadonlySet<Tensor>
  readonly #views: ReadonlyMap<Tensor, Strided>
  /** Materialised tensors with a kernel; a concatenation that others write into has none. */
  readonly #computed: ReadonlySet<Tensor>
  readonly #shown: ReadonlySet<Tensor>
  readonly #needs: ReadonlyMap<Tensor, ReadonlySet<Tensor>>
  readonly #readers = new Map<Tensor, Set<Tensor>>()
  readonly #groupOf = new Map<Tensor, Group>()
  readonly #bySpace = new Map<string, Set<Group>>()
  /** The latest graph position among a group's tensors and everything it depends on. */
  readonly #reach = new Map<Group, number>()

  constructor(
    graph: Graph,
    readonly limits: Limits,
  ) {
    const nodes = graphNodes(graph)
    this.#order = new Map(nodes.map((node, i) => [node, i]))
    this.#shown = new Set(graph.outputs.map((o) => o.tensor))
    this.#materialized = materializedTensors(graph, limits)
    this.#views = joinedResults(graph, this.#materialized, limits)
    const joints = new Set([...this.#views.values()].map(({ tensor }) => tensor))
    this.#computed = new Set([...this.#materialized].filter((t) => !joints.has(t)))
    this.#needs = needsOf(nodes, this.#computed)
    for (const [t, needs] of this.#needs) {
      for (const x of needs) this.#readers.set(x, (this.#readers.get(x) ?? new Set()).add(t))
    }
  }

  add(node: Node): void {
    const tensors = node.outputs.filter((t) => this.#computed.has(t))
    if (tensors.length === 0 || isGiven(tensors[0])) return
    const space = isOpaque(node) && node.op.name !== "matmul" ? undefined : spaceOf(tensors[0])
    let group = this.#make(space === undefined ? node.outputs : tensors, space)!
    this.#keep(group)
    for (let joined: Group | undefined = group; joined !== undefined; ) {
      group = joined
      joined = this.#joinedWithOne(group)
    }
  }

  groups(): Set<Group> {
    return new Set(this.#groupOf.values())
  }

  #make(tensors: readonly Tensor[], space: Space | undefined): Group | undefined {
    const own = new Set(tensors)
    // A matmul reads its operands in full, so they must be complete before it starts.
    const product = tensors.find((t) => t.node.op.name === "matmul")
    if (product && [...this.#needs.get(product)!].some((t) => own.has(t))) return undefined
    const isRead = (t: Tensor) => [...(this.#readers.get(t) ?? [])].some((x) => !own.has(x))
    const body =
      space &&
      bodyOf(
        space,
        tensors,
        (t) => this.#materialized.has(t),
        (t) => this.#shown.has(t) || isRead(t),
      )
    if (space && !body) return undefined
    if (tensors.length > 1 && body && !this.#fits(tensors, body)) return undefined
    const needs = new Set(tensors.flatMap((t) => [...(this.#needs.get(t) ?? [])]))
    for (const t of tensors) needs.delete(t)
    const last = Math.max(...tensors.map((t) => this.#order.get(t.node)!))
    const results = tensors.map((t) => this.#views.get(t) ?? inItself(t))
    return { tensors, results, space, body, needs, last }
  }

  /** Whether a kernel may access that many tensors, and write that many of them. */
  #fits(tensors: readonly Tensor[], body: Body): boolean {
    const { operands, results } = this.limits
    const stores = [...body.outerStores, ...body.innerStores]
    const accessed = new Set<Tensor>([
      ...loadsOf([...body.reductions, ...stores].map((x) => x.value)).map((x) => x.tensor),
      ...stores.map((x) => x.tensor),
      ...tensors.filter((t) => t.node.op.name === "matmul").flatMap((t) => t.node.inputs),
    ])
    return stores.length <= results && placesOf(accessed, this.limits) <= operands
  }

  /** Joins the group with a producer, or with a sibling that has the same loops. */
  #joinedWithOne(group: Group): Group | undefined {
    if (group.space === undefined) return undefined
    const latest = [...new Set(this.#before(group))].sort((a, b) => b.last - a.last)
    for (const other of [...latest, ...this.#siblings(group)]) {
      const joined = this.#joined(other, group)
      if (joined) return joined
    }
    return undefined
  }

  /** Reductions of other groups over the same elements that share an input. */
  #siblings(group: Group): Group[] {
    if (group.body!.reductions.length === 0) return []
    const reads = (g: Group) => loadsOf(g.body!.reductions.map((x) => x.value)).map((x) => x.tensor)
    const own = new Set(reads(group))
    const others = [...(this.#bySpace.get(keyOf(group.space!)) ?? [])]
    return others.filter((g) => g !== group && reads(g).some((t) => own.has(t)))
  }

  #joined(a: Group, b: Group): Group | undefined {
    const space = a.space && b.space && joinSpaces(a.space, b.space)
    if (space === undefined || this.#isBetween(a, b) || this.#delays(a, b)) return undefined
    const tensors = [...a.tensors, ...b.tensors].sort(
      (x, y) => this.#order.get(x.node)! - this.#order.get(y.node)!,
    )
    const joined = this.#make(tensors, space)
    if (joined === undefined) return undefined
    for (const group of [a, b]) this.#bySpace.get(keyOf(group.space!))!.delete(group)
    this.#keep(joined)
    return joined
  }

  /**
   * Whether a scalar would delay a reduction to one element until other kernels have run, such as
   * the previous sum in a sum of sums. The scalar itself is little work.
   */
  #delays(a: Group, b: Group): boolean {
    const scalar = [a, b].find((g) => g.body!.reductions.length === 0 && g.tensors[0].size === 1)
    const reduction = [a, b].find((g) => g.body!.reductions.length > 0)
    if (scalar === undefined || reduction === undefined) return false
    const known = new Set<Tensor>([...reduction.tensors, ...reduction.needs])
    return [...scalar.needs].some((t) => !known.has(t))
  }

  /** Whether some other group must run after one and before the other. */
  #isBetween(a: Group, b: Group): boolean {
    return this.#leads(a, b) || this.#leads(b, a)
  }

  /** Whether a path leads from one to the other through a third group. */
  #leads(from: Group, to: Group): boolean {
    const bound = this.#reach.get(from)!
    const seen = new Set<Group>([to])
    const pending = this.#before(to).filter((g) => g !== from)
    for (let g = pending.pop(); g !== undefined; g = pending.pop()) {
      if (g === from) return true
      if (seen.has(g) || this.#reach.get(g)! < bound) continue
      seen.add(g)
      pending.push(...this.#before(g))
    }
    return false
  }

  #before(group: Group): Group[] {
    return [...group.needs].map((t) => this.#groupOf.get(t)!)
  }

  #after(group: Group): Group[] {
    const readers = group.tensors.flatMap((t) => [...(this.#readers.get(t) ?? [])])
    return readers.map((t) => this.#groupOf.get(t)).filter((g) => g !== undefined)
  }

  /** Everything that depends on a group reaches at least as far as it does. */
  #extend(group: Group, reach: number): void {
    const pending = [group]
    for (let g = pending.pop(); g !== undefined; g = pending.pop()) {
      if ((this.#reach.get(g) ?? -1) >= reach) continue
      this.#reach.set(g, reach)
      pending.push(...this.#after(g))
    }
  }

  #keep(group: Group): void {
    for (const t of group.tensors) this.#groupOf.set(t, group)
    this.#extend(
      group,
      Math.max(group.last, ...this.#before(group).map((g) => this.#reach.get(g)!)),
    )
    if (group.space === undefined) return
    const key = keyOf(group.space)
    this.#bySpace.set(key, (this.#bySpace.get(key) ?? new Set()).add(group))
  }
}

const keyOf = (space: Space): string => JSON.stringify(space)

/** The materialised tensors each one depends on: its operands, and what its barriers name. */
function needsOf(
  nodes: readonly Node[],
  materialized: ReadonlySet<Tensor>,
): Map<Tensor, Set<Tensor>> {
  const behind = new Map<Tensor, Set<Tensor>>()
  for (const node of nodes) {
    const needs = new Set<Tensor>()
    for (const x of node.inputs) {
      if (isGiven(x)) continue
      if (materialized.has(x)) needs.add(x)
      else for (const t of behind.get(x) ?? []) needs.add(t)
    }
    for (const t of node.outputs) behind.set(t, needs)
  }
  return new Map([...behind].filter(([t]) => materialized.has(t)))
}
