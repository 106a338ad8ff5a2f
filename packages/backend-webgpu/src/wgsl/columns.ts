import type { Nest } from "@tubelet/core/schedule"
import type { Layout } from "./reduce.js"
import { powerAbove } from "./rows.js"

const size = 256
/** Neighbours that read one after the other: 128 bytes of f32, or 256 by four. */
const widest = { one: 32, four: 16 }

/**
 * Elements that follow each other belong to different rows: neighbouring invocations take
 * neighbouring `o`, and the rest of the workgroup divides the inner loop. `byFour` gives each
 * invocation four of `o`; the last may pass the end, where storage is padded.
 */
export function columns({ outer, inner }: Nest, byFour: boolean): Layout {
  const count = byFour ? Math.ceil(outer / 4) : outer
  const parts = Math.min(size / (byFour ? widest.four : widest.one), powerAbove(inner))
  const wide = Math.min(powerAbove(count), byFour ? widest.four : widest.one)
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
