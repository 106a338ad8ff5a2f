import type { ClipItem } from "@tubelet/video"

/** Clips that are opened by default: enough to see what a data set is like. */
const most = 2000

/** The clips to open: all that are there, or a part of them with one of each class at least. */
export function chosenClips(items: readonly ClipItem[], all: boolean): ClipItem[] {
  const there = items.filter((item) => !item.missing)
  if (all || there.length <= most) return there
  const firsts = new Map([...there].reverse().map((item) => [item.label, item]))
  const spread = Array.from(
    { length: most },
    (_, i) => there[Math.floor((i * there.length) / most)],
  )
  const taken = new Set([...firsts.values(), ...spread])
  return there.filter((item) => taken.has(item))
}
