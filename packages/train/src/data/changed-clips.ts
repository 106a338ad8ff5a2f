import { digits } from "./clip-names.js"

/**
 * How the clips' names in a data set have changed, such as "1 missing, 2 new"; undefined if they
 * have not. Both are from `marksOf`.
 */
export function changeOfClips(before: string, after: string): string | undefined {
  if (before === after) return undefined
  const [gone, added] = [lacking(before, after), lacking(after, before)]
  if (gone + added === 0) return "in a different order"
  const renamed = Math.min(gone, added)
  const counts = { renamed, missing: gone - renamed, new: added - renamed }
  const parts = Object.entries(counts).filter(([, count]) => count > 0)
  return parts.map(([what, count]) => `${count} ${what}`).join(", ")
}

/** The number of `marks` that are not in `others`. */
function lacking(marks: string, others: string): number {
  const known = new Set(parted(others))
  return parted(marks).filter((mark) => !known.has(mark)).length
}

const parted = (marks: string): string[] =>
  Array.from({ length: marks.length / digits }, (_, i) => marks.slice(i * digits, (i + 1) * digits))
