import type { ClipItem } from "@tubelet/video"

/** The number of clips of each class. */
export function countsOf(items: readonly ClipItem[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0)
  for (const { label } of items) if (label !== undefined) counts[label]++
  return counts
}

/**
 * Balances the classes: clips are repeated in turn until each class has as many as the largest.
 * Clips without a label are not repeated.
 */
export function balanced(items: readonly ClipItem[], classes: number): ClipItem[] {
  const most = Math.max(...countsOf(items, classes))
  const byClass = Array.from({ length: classes }, (_, label) =>
    items.filter((item) => item.label === label),
  )
  const added = byClass.flatMap((own) =>
    own.length === 0
      ? []
      : Array.from({ length: most - own.length }, (_, i) => own[i % own.length]),
  )
  return [...items, ...added]
}

/** Weights in inverse proportion to the counts, whose mean over all clips is 1. */
export function balancedWeights(items: readonly ClipItem[], classes: number): number[] {
  const counts = countsOf(items, classes)
  const there = counts.filter((count) => count > 0)
  const clips = there.reduce((sum, count) => sum + count, 0)
  return counts.map((count) => (count > 0 ? clips / (there.length * count) : 0))
}
