import type { Nest } from "@tubelet/core/schedule"
import type { Layout } from "./reduce.js"
import { powerAbove, softwareParts } from "./rows.js"

const size = 256
/** Neighbours that read one after the other: 64 bytes of f32, twice or four times that. */
const [narrow, wider] = [16, 32]
/** More invocations side by side than this fill a device whatever each of them does. */
const plenty = 1024

/**
 * Elements that follow each other belong to different rows: neighbouring invocations take
 * neighbouring `o`, and the rest of the workgroup divides the inner loop. Where rows are many, or
 * elements share words of memory (`packed`), each invocation takes four of `o`; the last may pass
 * the end, where storage is padded.
 */
export function columns({ outer, inner }: Nest, packed: boolean, software = false): Layout {
  const byFour = packed || (outer % 4 === 0 && outer / 4 >= plenty)
  const count = byFour ? Math.ceil(outer / 4) : outer
  const wide = Math.min(count < 2 * plenty ? narrow : wider, powerAbove(count))
  const most = software ? Math.min(size / wide, softwareParts(count)) : size / wide
  const parts = Math.min(most, powerAbove(inner))
  const invocations = parts * wide
  return {
    team: { parts, stride: wide, size: invocations, subgroups: false },
    o: `group * ${wide}u + local % ${wide}u`,
    part: `local / ${wide}u`,
    outer: count,
    inner,
    lanes: byFour ? "o" : undefined,
    groups: Math.ceil(count / wide),
  }
}
