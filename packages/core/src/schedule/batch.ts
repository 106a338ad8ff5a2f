import type { Tensor } from "../tensor.js"
import { readsOf, writesOf } from "./accesses.js"
import { flatOf } from "./flat.js"
import type { Batch, Kernel, LoopNest } from "./kernel.js"
import { lifetimesOf } from "./memory.js"

/** What batching needs to know about memory. */
export interface Batching {
  /**
   * A representative of all tensors in the same memory, such as in-place results and their inputs.
   */
  sameMemory(t: Tensor): Tensor
  /** Bytes of planned memory; 0 for tensors stored elsewhere. */
  bytesOf(t: Tensor): number
  /** Whether a tensor is read after all kernels. */
  toTheEnd(t: Tensor): boolean
  /** Whether a member may access this many tensors. */
  fits(operands: readonly Tensor[]): boolean
}

/**
 * Batches equal flat nests: each moves down to the last of its kind, if nothing in between depends
 * on it, and if keeping the tensors it reads alive does not raise peak memory.
 */
export function batched(given: readonly Kernel[], memory: Batching): (Kernel | Batch)[] {
  const kernels = scalarsLast(given, memory)
  const room = new Headroom(kernels, memory)
  const open = new Map<string, Open>()
  const places = new Map<number, Open>()
  for (let i = kernels.length - 1; i >= 0; i--) {
    const kernel = kernels[i]
    const own = new Accesses(memory).add(kernel)
    const text = kernel.kind === "nest" ? textOf(kernel, memory) : undefined
    const batch = text === undefined ? undefined : open.get(text)
    const fits = batch && !batch.own.conflictsWith(own) && !batch.between.conflictsWith(own)
    const joins = fits && room.move(kernel, i, batch.place)
    const place = joins ? batch.place : i
    for (const other of open.values()) if (other.place > place) other.between.add(kernel)
    if (joins) {
      batch.members.unshift(kernel as LoopNest)
      batch.own.add(kernel)
    } else if (text !== undefined) {
      const next = { place, members: [kernel as LoopNest], own, between: new Accesses(memory) }
      open.set(text, next)
      places.set(place, next)
    }
  }
  const moved = new Set([...places.values()].flatMap(({ members }) => members.slice(0, -1)))
  return kernels.flatMap((kernel, i): (Kernel | Batch)[] => {
    if (moved.has(kernel as LoopNest)) return []
    const members = places.get(i)?.members ?? []
    return members.length > 1 ? [{ kind: "batch", members }] : [kernel]
  })
}

/** Moves scalar kernels down to their readers: in a sum of sums they would separate the sums. */
function scalarsLast(kernels: readonly Kernel[], memory: Batching): Kernel[] {
  const ordered: Kernel[] = []
  for (const kernel of [...kernels].reverse()) {
    const own = new Accesses(memory).add(kernel)
    const isSmall = [...own.reads, ...own.writes].every((t) => t.size === 1)
    let place = ordered.length
    while (
      isSmall &&
      place > 0 &&
      !new Accesses(memory).add(ordered[place - 1]).conflictsWith(own)
    ) {
      place--
    }
    ordered.splice(place, 0, kernel)
  }
  return ordered.reverse()
}

function textOf(nest: LoopNest, memory: Batching): string | undefined {
  const flat = flatOf(nest)
  return flat && memory.fits(flat.operands) ? flat.text : undefined
}

/** A batch that earlier kernels may still join. */
interface Open {
  /** The position of its last member. */
  readonly place: number
  readonly members: LoopNest[]
  readonly own: Accesses
  /** What runs before it and after the kernel under consideration. */
  readonly between: Accesses
}

/** The memory that kernels read and write. */
class Accesses {
  readonly reads = new Set<Tensor>()
  readonly writes = new Set<Tensor>()

  constructor(readonly memory: Batching) {}

  add(kernel: Kernel): this {
    for (const t of readsOf(kernel)) this.reads.add(this.memory.sameMemory(t))
    for (const t of writesOf(kernel)) this.writes.add(this.memory.sameMemory(t))
    return this
  }

  /** Whether the other's order relative to these matters. */
  conflictsWith({ reads, writes }: Accesses): boolean {
    const touches = (t: Tensor) => this.reads.has(t) || this.writes.has(t)
    return [...writes].some(touches) || [...reads].some((t) => this.writes.has(t))
  }
}

/** Scalars, and the partial results of long sums: their lifetimes do not matter. */
const small = 4096

/** Live bytes at each kernel, and the peak. */
class Headroom {
  readonly #alive: Float64Array
  readonly #last: Map<Tensor, number>
  readonly #most: number

  constructor(
    kernels: readonly Kernel[],
    readonly memory: Batching,
  ) {
    const lives = lifetimesOf(kernels, { ...memory, bytesOf: this.#bytesOf })
    this.#alive = new Float64Array(kernels.length + 1)
    for (const { bytes, first, last } of lives) this.#add(first, last, bytes)
    this.#last = new Map(lives.map(({ tensor, last }) => [tensor, last]))
    this.#most = this.#alive.reduce((a, b) => Math.max(a, b), 0)
  }

  #bytesOf = (t: Tensor): number => {
    const bytes = this.memory.bytesOf(t)
    return bytes > small ? bytes : 0
  }

  #add(first: number, last: number, bytes: number): void {
    for (let i = first; i <= last; i++) this.#alive[i] += bytes
  }

  /** Moves a kernel to a later position, if memory allows. */
  move(kernel: Kernel, from: number, to: number): boolean {
    const bytesOf = this.#bytesOf
    const written = writesOf(kernel)
    const longer = [...readsOf(kernel)].filter((t) => (this.#last.get(t) ?? to) < to)
    for (const t of written) this.#add(from, to - 1, -bytesOf(t))
    for (const t of longer) this.#add(this.#last.get(t)! + 1, to, bytesOf(t))
    if (this.#alive.every((bytes) => bytes <= this.#most)) {
      for (const t of longer) this.#last.set(t, to)
      return true
    }
    for (const t of written) this.#add(from, to - 1, bytesOf(t))
    for (const t of longer) this.#add(this.#last.get(t)! + 1, to, -bytesOf(t))
    return false
  }
}
