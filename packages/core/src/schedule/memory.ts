import type { Tensor } from "../tensor.js"
import { readsOf, writesOf } from "./accesses.js"
import { type Batch, type Kernel, membersOf } from "./kernel.js"

/** A buffer's size and lifetime, in kernels. */
export interface Lifetime {
  readonly bytes: number
  /** The first kernel that writes it, and the last one that accesses it. */
  readonly first: number
  readonly last: number
}

/** The lifetime of a tensor. */
export interface TensorLifetime extends Lifetime {
  readonly tensor: Tensor
}

/**
 * The lifetimes of everything that kernels write; what is read after the last kernel lives to the
 * end.
 */
export function lifetimesOf(
  kernels: readonly (Kernel | Batch)[],
  { bytesOf, toTheEnd }: { bytesOf(t: Tensor): number; toTheEnd(t: Tensor): boolean },
): TensorLifetime[] {
  const first = new Map<Tensor, number>()
  const last = new Map<Tensor, number>()
  for (const [i, kernel] of kernels.entries()) {
    for (const member of membersOf(kernel)) {
      for (const t of writesOf(member)) if (!first.has(t)) first.set(t, i)
      for (const t of [...writesOf(member), ...readsOf(member)]) last.set(t, i)
    }
  }
  return [...first].map(([tensor, i]) => ({
    tensor,
    bytes: bytesOf(tensor),
    first: i,
    last: toTheEnd(tensor) ? kernels.length : last.get(tensor)!,
  }))
}

/** An offset in one of the slabs. */
export interface Place {
  readonly slab: number
  readonly offset: number
}

/** An allocation, and its cost. */
export interface MemoryPlan<Life extends Lifetime = TensorLifetime> {
  readonly places: ReadonlyMap<Life, Place>
  /** The size of each slab in bytes. */
  readonly slabs: readonly number[]
  /** Peak live bytes: a lower bound for any plan. */
  readonly liveBytes: number
}

interface Placed extends Place {
  readonly life: Lifetime
}

const overlap = (a: Lifetime, b: Lifetime): boolean => a.first <= b.last && b.first <= a.last

/**
 * Assigns the same memory to tensors with disjoint lifetimes: largest first, each at the lowest
 * offset that is free throughout its lifetime (Pisarchyk & Lee 2020, greedy by size). No slab
 * exceeds `slabBytes`.
 */
export function planMemory<Life extends Lifetime>(
  lifetimes: readonly Life[],
  slabBytes = Number.POSITIVE_INFINITY,
): MemoryPlan<Life> {
  const slabs: Placed[][] = []
  const places = new Map<Life, Place>()
  for (const life of [...lifetimes].sort((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    const place = firstFit(slabs, life, slabBytes)
    const slab = slabs[place.slab] ?? []
    slabs[place.slab] = slab
    slab.push({ ...place, life })
    places.set(life, place)
  }
  const sizes = slabs.map((slab) => Math.max(...slab.map((x) => x.offset + x.life.bytes)))
  return { places, slabs: sizes, liveBytes: mostAlive(lifetimes) }
}

function firstFit(slabs: readonly Placed[][], life: Lifetime, slabBytes: number): Place {
  for (const [slab, placed] of slabs.entries()) {
    const offset = lowestGap(
      placed.filter((x) => overlap(x.life, life)),
      life.bytes,
    )
    if (offset + life.bytes <= slabBytes) return { slab, offset }
  }
  return { slab: slabs.length, offset: 0 }
}

function lowestGap(taken: readonly Placed[], bytes: number): number {
  let offset = 0
  for (const { offset: start, life } of [...taken].sort((a, b) => a.offset - b.offset)) {
    if (start - offset >= bytes) break
    offset = Math.max(offset, start + life.bytes)
  }
  return offset
}

function mostAlive(lifetimes: readonly Lifetime[]): number {
  const change = new Map<number, number>()
  const add = (at: number, bytes: number) => change.set(at, (change.get(at) ?? 0) + bytes)
  for (const { first, last, bytes } of lifetimes) {
    add(first, bytes)
    add(last + 1, -bytes)
  }
  let [alive, most] = [0, 0]
  for (const [, bytes] of [...change].sort(([a], [b]) => a - b)) {
    alive += bytes
    most = Math.max(most, alive)
  }
  return most
}
