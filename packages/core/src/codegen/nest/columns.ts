import type { LoopNest } from "../../schedule/kernel.js"
import type { Dialect } from "../text/dialect.js"
import type { Layout } from "./reduce.js"
import { type Ability, powerAbove, softwareParts } from "./rows.js"

const size = 256
/** Neighbours that read one after the other: 64 bytes of f32, twice or four times that. */
const [narrow, wider] = [16, 32]
/** More threads side by side than this fill a device whatever each of them does. */
const plenty = 1024

/**
 * Elements that follow each other belong to different rows: neighbouring threads take
 * neighbouring `o`, and the rest of the workgroup divides the inner loop. Where rows are many, or
 * elements share words of memory (`packed`), each thread takes four of `o`; the last may pass
 * the end, where storage is padded.
 */
export function columns(
  { outer, inner }: LoopNest,
  dialect: Dialect,
  { packed, software = false }: Ability & { readonly packed: boolean },
): Layout {
  const worthFour = packed || (outer % 4 === 0 && outer / 4 >= plenty)
  const byFour = dialect.lanes === 4 && worthFour
  const count = byFour ? Math.ceil(outer / 4) : outer
  const wide = Math.min(count < 2 * plenty ? narrow : wider, powerAbove(count))
  const team = dialect.team ? size / wide : 1
  const most = software ? Math.min(team, softwareParts(count)) : team
  const parts = Math.min(most, powerAbove(inner))
  const threads = parts * wide
  const { divide, remainder, unsigned } = dialect
  return {
    team: { parts, stride: wide, size: threads, subgroups: false },
    o: `group * ${unsigned(wide)} + ${remainder("local", wide)}`,
    part: divide("local", wide),
    outer: count,
    inner,
    lanes: byFour ? "o" : undefined,
    groups: Math.ceil(count / wide),
  }
}
