import type { LoopNest } from "../../schedule/kernel.js"
import type { Dialect } from "../text/dialect.js"
import type { Layout } from "./reduce.js"

/** What printers must know of a device. */
export interface Ability {
  /** Whether shaders may use subgroup operations. */
  readonly subgroups?: boolean
  /** Whether a CPU does the work. */
  readonly software?: boolean
}

/** The least power of two that is not below x. */
export const powerAbove = (x: number): number => 2 ** Math.max(0, Math.ceil(Math.log2(x)))

/** Threads that keep the cores of a CPU busy. */
const busyCores = 64

/**
 * The parts of a row where a CPU does the work: what threads run there is not parallel beyond
 * its cores, and a barrier costs each of them more than dozens of additions (SwiftShader: rows of
 * 768 in 192 parts take 20 times as long as in one).
 */
export const softwareParts = (outer: number): number =>
  outer >= busyCores ? 1 : powerAbove(busyCores / outer)

const largest = 256
const smallest = 64
/** With more steps than this in a device, each thread may take four. */
const plenty = 2 ** 16

/**
 * Elements of a row lie one after the other: an thread takes every n-th of a row, or every
 * n-th four. Long rows have a workgroup each, short ones share it, the shortest have one
 * thread.
 */
export function rows(
  { outer, inner }: LoopNest,
  dialect: Dialect,
  { subgroups, software }: Ability,
): Layout {
  const byFour = dialect.lanes === 4 && inner % 4 === 0
  const steps = byFour ? inner / 4 : inner
  const wanted = steps <= 4 || outer * steps > plenty ? steps / 4 : steps
  const most = software ? softwareParts(outer) : dialect.team ? largest : 1
  const parts = Math.min(most, powerAbove(wanted))
  const size = Math.max(smallest, parts)
  const perGroup = size / parts
  const { divide, remainder, unsigned } = dialect
  return {
    team: { parts, stride: 1, size, subgroups: subgroups === true && parts === size },
    o: perGroup === 1 ? "group" : `group * ${unsigned(perGroup)} + ${divide("local", parts)}`,
    part: remainder("local", parts),
    outer,
    inner: steps,
    lanes: byFour ? "r" : undefined,
    groups: Math.ceil(outer / perGroup),
  }
}
