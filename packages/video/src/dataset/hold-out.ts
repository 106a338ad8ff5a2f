import { TubeletError } from "@tubelet/core"
import { random } from "@tubelet/core/random"
import type { ListedClip } from "./kind.js"

/** A clip that may be held out: clips with the same group stay together. */
interface Candidate {
  readonly label: number | undefined
  readonly group: string
}

/**
 * Chooses whole groups of clips for validation, about `fraction` of each class. Every class keeps
 * training clips, and has validation clips if its groups allow it. The choice depends on the seed
 * and the order of the groups' names.
 */
export function heldOut(
  clips: readonly Candidate[],
  fraction: number,
  seed: number,
): readonly boolean[] {
  const groups = new Map<string, Map<number | undefined, number>>()
  const totals = new Map<number | undefined, number>()
  for (const { label, group } of clips) {
    const counts = groups.get(group) ?? new Map()
    groups.set(group, counts.set(label, (counts.get(label) ?? 0) + 1))
    totals.set(label, (totals.get(label) ?? 0) + 1)
  }
  const names = [...groups.keys()].sort()
  const order = Array.from(random("hold-out", seed).permutation(names.length), (i) => names[i])
  const wanted = (label: number | undefined) => Math.max(1, fraction * totals.get(label)!)
  const held = new Map<number | undefined, number>()
  const chosen = new Set<string>()
  const take = (name: string, isWanted: (label: number | undefined, count: number) => boolean) => {
    const counts = [...groups.get(name)!]
    const keepsAll = counts.every(([c, count]) => (held.get(c) ?? 0) + count < totals.get(c)!)
    if (chosen.has(name) || !keepsAll || !counts.some(([c, count]) => isWanted(c, count))) return
    chosen.add(name)
    for (const [c, count] of counts) held.set(c, (held.get(c) ?? 0) + count)
  }
  /** How much closer to what is wanted a group brings all of its classes. */
  const gain = (name: string) =>
    [...groups.get(name)!].reduce((sum, [c, count]) => {
      const lack = wanted(c) - (held.get(c) ?? 0)
      return sum + Math.abs(lack) - Math.abs(lack - count)
    }, 0)
  for (const name of order) if (gain(name) > 0) take(name, () => true)
  for (const name of order) take(name, (c) => !held.has(c))
  return clips.map(({ group }) => chosen.has(group))
}

/**
 * The group of each clip: the value of a column of its CSV file, or what a pattern finds in its
 * path (its first group in parentheses, if it has one).
 */
export function groupsOf(
  clips: readonly ListedClip[],
  groupBy: string | undefined,
  source: string,
): string[] {
  if (groupBy === undefined) return clips.map(({ path, seconds }) => `${path} ${seconds?.start}`)
  const column = groupBy.toLowerCase()
  const isColumn = clips.some(({ columns }) => columns && column in columns)
  const pattern = isColumn ? undefined : patternOf(groupBy)
  return clips.map(({ path, columns }) => {
    const [whole, part] = pattern?.exec(path.replaceAll("\\", "/")) ?? []
    const group = isColumn ? columns?.[column] : (part ?? whole)
    if (group) return group
    throw new TubeletError(
      `${source}: ${path} has no group ${JSON.stringify(groupBy)}`,
      "pass a column of the CSV file in which every clip has a value, or a pattern that matches " +
        'every path, such as "_(g\\d+)_"',
    )
  })
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch (cause) {
    throw new TubeletError(
      `${JSON.stringify(text)} is neither a column nor a pattern: ${(cause as Error).message}`,
      'escape special characters, as in "clip\\(1\\)"',
      { cause },
    )
  }
}
