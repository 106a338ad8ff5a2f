/** Bytes that are needed from one moment to another, both included. */
export interface Lifetime {
  readonly bytes: number
  readonly from: number
  readonly to: number
}

/** Where they lie: in which slab, and where in it. */
export interface Place {
  readonly slab: number
  readonly offset: number
}

const alignment = 64

const overlap = (a: Lifetime, b: Lifetime): boolean => a.from <= b.to && b.from <= a.to

/**
 * Places what does not live at the same time over each other (greedy by size, Pisarchyk and Lee
 * 2020): the largest first, each at the lowest offset that is free for its whole life. Slabs hold
 * at most `slabBytes`, unless one tensor alone is larger.
 */
export function planStorage(
  lifetimes: readonly Lifetime[],
  slabBytes: number,
): { places: Place[]; slabs: number[] } {
  const places: Place[] = []
  const slabs: number[] = []
  const order = [...lifetimes.keys()].sort((a, b) => lifetimes[b].bytes - lifetimes[a].bytes)
  const placed: number[] = []
  for (const i of order) {
    const wanted = lifetimes[i]
    for (let slab = 0; places[i] === undefined; slab++) {
      const others = placed.filter((j) => places[j].slab === slab && overlap(lifetimes[j], wanted))
      const taken = others.map((j) => [places[j].offset, lifetimes[j].bytes] as const)
      const offset = lowestFree(taken, wanted.bytes)
      if (offset > 0 && offset + wanted.bytes > slabBytes) continue
      places[i] = { slab, offset }
      slabs[slab] = Math.max(slabs[slab] ?? 0, offset + wanted.bytes)
    }
    placed.push(i)
  }
  return { places, slabs }
}

function lowestFree(taken: readonly (readonly [number, number])[], bytes: number): number {
  let offset = 0
  for (const [start, length] of [...taken].sort((a, b) => a[0] - b[0])) {
    if (offset + bytes <= start) break
    offset = Math.max(offset, Math.ceil((start + length) / alignment) * alignment)
  }
  return offset
}
