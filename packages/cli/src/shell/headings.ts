import type { Flags } from "./flag.js"

/** Headings of a long help, each with its flags in order. */
export type Headings = Readonly<Record<string, readonly string[]>>

/** A command's flags by heading; those that have none are last, as "Options". */
export function byHeading(flags: Flags, headings: Headings = {}): [heading: string, Flags][] {
  const placed = new Set(Object.values(headings).flat())
  const others = Object.keys(flags).filter((field) => !placed.has(field))
  return Object.entries({ ...headings, Options: others }).flatMap(([heading, fields]) => {
    const present = fields.filter((field) => Object.hasOwn(flags, field))
    if (present.length === 0) return []
    return [[heading, Object.fromEntries(present.map((field) => [field, flags[field]]))]]
  })
}
