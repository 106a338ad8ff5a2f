import { crc32 } from "@tubelet/core/checksum"

const digits = 8

/** A short mark of each clip's name, in order, one after the other: what a checkpoint keeps. */
export const marksOf = (names: readonly string[]): string =>
  names
    .map((name) => crc32(new TextEncoder().encode(name)).toString(16).padStart(digits, "0"))
    .join("")

/** How a data set differs by its clips' names from what it was; undefined where it does not. */
export function changeOfClips(before: string, after: string): string | undefined {
  if (before === after) return undefined
  const [gone, added] = [lacking(before, after), lacking(after, before)]
  if (gone + added === 0) return "in another order"
  const renamed = Math.min(gone, added)
  const counts = { renamed, missing: gone - renamed, new: added - renamed }
  const parts = Object.entries(counts).filter(([, count]) => count > 0)
  return parts.map(([what, count]) => `${count} ${what}`).join(", ")
}

/** How many of `marks` are not among `others`. */
function lacking(marks: string, others: string): number {
  const known = new Set(parted(others))
  return parted(marks).filter((mark) => !known.has(mark)).length
}

const parted = (marks: string): string[] =>
  Array.from({ length: marks.length / digits }, (_, i) => marks.slice(i * digits, (i + 1) * digits))
