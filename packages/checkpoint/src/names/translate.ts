import { TubeletError } from "@tubelet/core"
import type { Row } from "./rows.js"

/** Part of a renamed tensor: a tensor, one of its equal row blocks, or zeros of its shape. */
export interface Piece {
  readonly from: string
  readonly block?: { readonly index: number; readonly count: number }
  readonly zeros?: true
}

/** A tensor's new name and its pieces, concatenated along rows. */
export interface Renamed {
  readonly name: string
  readonly pieces: readonly Piece[]
}

/** A side of a row: name templates in order of concatenation; undefined for zeros. */
type Side = readonly (string | undefined)[]

/** A row in one direction, with a pattern for each name on the side of the file. */
interface Rule {
  readonly here: Side
  readonly there: Side
  readonly patterns: readonly (RegExp | undefined)[]
}

function side(template: string): Side {
  const braces = /\{(.+)\}/.exec(template)
  if (!braces) return [template]
  return braces[1].split(",").map((part) => {
    return part === "0" ? undefined : template.replace(braces[0], part)
  })
}

const pattern = (template: string): RegExp => {
  const escaped = template.replace(/[.]/g, "\\.")
  return new RegExp(
    `^${escaped.replace("#", "(?<block>\\d{1,5})").replace("@", "(?<kind>weight|bias)")}$`,
  )
}

const filled = (template: string, { block = "", kind = "" }: Readonly<Record<string, string>>) =>
  template.replace("#", block).replace("@", kind)

function rules(rows: readonly Row[], direction: Direction): Rule[] {
  return rows.map((row) => {
    const [official, theirs] = row.map(side) as [Side, Side]
    const [here, there] = direction === "to official" ? [theirs, official] : [official, theirs]
    return { here, there, patterns: here.map((t) => (t === undefined ? undefined : pattern(t))) }
  })
}

export type Direction = "to official" | "from official"

/**
 * Translates names by the rows. Unknown names are kept, so that loading can report them. Names
 * that the other side does not store are dropped.
 *
 * @throws TubeletError if a part of a stacked tensor is missing, or two tensors map to one name.
 */
export function translate(
  names: readonly string[],
  rows: readonly Row[],
  direction: Direction,
): Renamed[] {
  const known = rules(rows, direction)
  const present = new Set(names)
  const made = new Map<string, Renamed>()
  const add = (renamed: Renamed): void => {
    const before = made.get(renamed.name)
    if (before && JSON.stringify(before) !== JSON.stringify(renamed)) refuseDouble(before, renamed)
    made.set(renamed.name, renamed)
  }
  for (const name of names) {
    for (const renamed of become(name, present, known)) add(renamed)
  }
  return [...made.values()]
}

function become(name: string, present: ReadonlySet<string>, known: readonly Rule[]): Renamed[] {
  for (const { here, there, patterns } of known) {
    for (const [i, found] of patterns.entries()) {
      const match = found?.exec(name)
      if (!match) continue
      const fill = (template: string) => filled(template, match.groups ?? {})
      if (here.length === there.length) return alike(name, i, { here, there, fill })
      return there.length > 1
        ? split(name, there, fill)
        : [{ name: fill(there[0]!), pieces: stack(here, present, fill) }]
    }
  }
  return [{ name, pieces: [{ from: name }] }]
}

/** Renames part by part; the first part also creates zeros that only the other side stores. */
function alike(
  name: string,
  i: number,
  { here, there, fill }: { here: Side; there: Side; fill: (template: string) => string },
): Renamed[] {
  const target = there[i]
  const renamed = target === undefined ? [] : [{ name: fill(target), pieces: [{ from: name }] }]
  if (i > 0) return renamed
  const zeros = there.filter((other, j) => other !== undefined && here[j] === undefined)
  return [
    ...renamed,
    ...zeros.map((other) => ({
      name: fill(other!),
      pieces: [{ from: name, zeros: true as const }],
    })),
  ]
}

const split = (name: string, there: Side, fill: (template: string) => string): Renamed[] =>
  there.flatMap((target, index) => {
    if (target === undefined) return []
    return [{ name: fill(target), pieces: [{ from: name, block: { index, count: there.length } }] }]
  })

function stack(here: Side, present: ReadonlySet<string>, fill: (t: string) => string): Piece[] {
  const parts = here.map((template) => (template === undefined ? undefined : fill(template)))
  const held = parts.filter((part) => part !== undefined && present.has(part))
  return parts.map((part) => {
    if (part === undefined) return { from: held[0]!, zeros: true }
    if (present.has(part)) return { from: part }
    throw new TubeletError(
      `found ${held.join(" and ")}, but no ${part}`,
      "the file is incomplete: download it again",
    )
  })
}

function refuseDouble(a: Renamed, b: Renamed): never {
  const [one, other] = [a, b].map(({ pieces }) => pieces[0].from)
  throw new TubeletError(`${one} and ${other} both map to ${a.name}`, "remove one of them")
}
