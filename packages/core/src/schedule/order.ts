import { bytesOf } from "../dtype.js"
import type { Graph } from "../graph.js"
import type { Tensor } from "../tensor.js"
import { expressionsOf, positionOf, readsOf, storesOf, writesOf } from "./accesses.js"
import { type Load, loadsOf } from "./expression.js"
import type { Group } from "./groups.js"
import type { Kernel } from "./kernel.js"
import type { Limits } from "./limits.js"

export interface Order {
  readonly order: readonly Group[]
  readonly inPlace: ReadonlyMap<Tensor, Tensor>
}

/**
 * Orders kernels: dependencies first, then by age, but kernels that free memory run as soon as they
 * can. A kernel that overwrites donated memory runs after everything that reads the old content,
 * wherever possible.
 */
export function ordered(
  graph: Graph,
  kernels: ReadonlyMap<Group, Kernel>,
  limits: Pick<Limits, "inPlace">,
): Order {
  const makerOf = new Map([...kernels.keys()].flatMap((g) => g.tensors.map((t) => [t, g] as const)))
  const before = new Map<Group, Set<Group>>()
  for (const group of kernels.keys()) {
    before.set(group, new Set([...group.needs].map((t) => makerOf.get(t)!)))
  }
  const readers = readersOf(kernels)
  const inPlace = new Map<Tensor, Tensor>()
  for (const { tensor, into } of limits.inPlace ? graph.outputs : []) {
    const writer = makerOf.get(tensor)
    if (into === undefined || writer === undefined || inPlace.has(tensor)) continue
    const old = graph.inputs[into].tensor
    const reading = [...(readers.get(old) ?? [])].filter((g) => g !== writer)
    const kernel = kernels.get(writer)!
    const fits = writesOf(kernel).includes(tensor) && readsInPlace(kernel, old, tensor)
    if (!fits || reading.some((g) => leads(writer, g, before))) continue
    inPlace.set(tensor, old)
    for (const g of reading) before.get(writer)!.add(g)
  }
  return { order: sorted(before, (group) => freesMemory(kernels.get(group)!, inPlace)), inPlace }
}

function readersOf(kernels: ReadonlyMap<Group, Kernel>): Map<Tensor, Set<Group>> {
  const readers = new Map<Tensor, Set<Group>>()
  for (const [group, kernel] of kernels) {
    for (const t of readsOf(kernel)) readers.set(t, (readers.get(t) ?? new Set()).add(group))
  }
  return readers
}

/** Whether a kernel reads only the element of `old` that it then overwrites. */
function readsInPlace(kernel: Kernel, old: Tensor, next: Tensor): boolean {
  if (!readsOf(kernel).has(old)) return true
  if (kernel.kind === "opaque") return false
  const store = storesOf(kernel).find((s) => s.tensor === next)
  const isOperand = kernel.kind === "matmul" && [kernel.a, kernel.b].some((x) => x.tensor === old)
  if (store === undefined || isOperand) return false
  const place = positionOf(kernel, store).key
  const isThere = (x: Load) => x.tensor !== old || x.at.key === place
  // The inner loop runs again after the outer stores.
  const later = kernel.kind === "nest" && kernel.outerStores.includes(store)
  const readLater = later ? loadsOf(kernel.innerStores.map((s) => s.value)) : []
  return loadsOf(expressionsOf(kernel)).every(isThere) && readLater.every((x) => x.tensor !== old)
}

/** Whether one group must run before another. */
function leads(from: Group, to: Group, before: ReadonlyMap<Group, ReadonlySet<Group>>): boolean {
  const seen = new Set<Group>()
  const pending = [to]
  for (let g = pending.pop(); g !== undefined; g = pending.pop()) {
    if (g === from) return true
    if (seen.has(g)) continue
    seen.add(g)
    pending.push(...before.get(g)!)
  }
  return false
}

/**
 * Whether a kernel overwrites donated memory, like an optimizer, or writes much less than it reads,
 * like a sum of cotangents. In graph order these would run after the whole backward pass, and
 * everything that they read would live until then.
 */
function freesMemory(kernel: Kernel, inPlace: ReadonlyMap<Tensor, Tensor>): boolean {
  const written = writesOf(kernel)
  if (written.some((t) => inPlace.has(t))) return true
  const total = (tensors: Iterable<Tensor>) => [...tensors].reduce((sum, t) => sum + bytesOf(t), 0)
  return 8 * total(written) <= total(readsOf(kernel))
}

function sorted(
  before: ReadonlyMap<Group, ReadonlySet<Group>>,
  isEager: (group: Group) => boolean,
): Group[] {
  const order = new Set<Group>()
  const waiting = new Map([...before].map(([group, needs]) => [group, needs.size]))
  const after = eagerAfter(before, isEager)
  const byPlace = (groups: Iterable<Group>) => [...groups].sort((a, b) => a.last - b.last)
  const place = (group: Group) => {
    order.add(group)
    for (const next of after.get(group) ?? []) {
      waiting.set(next, waiting.get(next)! - 1)
      if (waiting.get(next) === 0 && !order.has(next)) place(next)
    }
  }
  const visit = (group: Group) => {
    if (order.has(group)) return
    for (const g of byPlace(before.get(group)!)) visit(g)
    if (!order.has(group)) place(group)
  }
  for (const group of byPlace(before.keys())) visit(group)
  return [...order]
}

/** The eager groups that wait for each group. */
function eagerAfter(
  before: ReadonlyMap<Group, ReadonlySet<Group>>,
  isEager: (group: Group) => boolean,
): Map<Group, Group[]> {
  const after = new Map<Group, Group[]>()
  for (const [group, needs] of before) {
    if (!isEager(group)) continue
    for (const g of needs) after.set(g, [...(after.get(g) ?? []), group])
  }
  return after
}
