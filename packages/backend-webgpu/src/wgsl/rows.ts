import type { Nest } from "@tubelet/core/schedule"
import type { Layout } from "./reduce.js"

/** The least power of two that is not below x. */
export const powerAbove = (x: number): number => 2 ** Math.max(0, Math.ceil(Math.log2(x)))

const largest = 256
const smallest = 64
/** With more steps than this in a device, each invocation may take four. */
const plenty = 2 ** 16

/**
 * Elements of a row lie one after the other: an invocation takes every n-th of a row, or every
 * n-th four. Long rows have a workgroup each, short ones share it, the shortest have one
 * invocation.
 */
export function rows({ outer, inner }: Nest, subgroups: boolean): Layout {
  const byFour = inner % 4 === 0
  const steps = byFour ? inner / 4 : inner
  const wanted = steps <= 4 || outer * steps > plenty ? steps / 4 : steps
  const parts = Math.min(largest, powerAbove(wanted))
  const size = Math.max(smallest, parts)
  const perGroup = size / parts
  return {
    team: { parts, stride: 1, size, subgroups: subgroups && parts === size },
    o: perGroup === 1 ? "group" : `group * ${perGroup}u + local / ${parts}u`,
    part: `local % ${parts}u`,
    outer,
    inner: steps,
    lanes: byFour ? "r" : undefined,
    groups: Math.ceil(outer / perGroup),
  }
}
