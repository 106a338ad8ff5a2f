import type { LoopNest } from "../../schedule/kernel.js"
import type { Dialect } from "../text/dialect.js"
import type { Layout } from "./reduce.js"
import { type DeviceTraits, mostParts, powerAbove } from "./rows.js"

const size = 256
/** Neighbouring threads with consecutive reads: 64 bytes of f32, or two or four times as much. */
const [narrow, wider] = [16, 32]
/** This many threads side by side fill a device, however little each does. */
const plenty = 1024

/**
 * For nests whose consecutive elements belong to different rows: neighbouring threads take
 * neighbouring `o`, and the rest of the workgroup splits the inner loop. With many rows, or
 * elements that share words of memory (`packed`), each thread takes four values of `o`; the last
 * may pass the end, where storage is padded.
 */
export function columns(
  { outer, inner }: LoopNest,
  dialect: Dialect,
  { packed, software }: DeviceTraits & { readonly packed: boolean },
): Layout {
  const worthFour = packed || (outer % 4 === 0 && outer / 4 >= plenty)
  const byFour = dialect.lanes === 4 && worthFour
  const count = byFour ? Math.ceil(outer / 4) : outer
  const wide = Math.min(count < 2 * plenty ? narrow : wider, powerAbove(count))
  const parts = Math.min(mostParts(dialect, size / wide, count, software), powerAbove(inner))
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
