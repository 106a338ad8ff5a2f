import type { LoopNest } from "../../schedule/kernel.js"
import type { Dialect } from "../text/dialect.js"
import type { Layout } from "./reduce.js"

/** What code generation needs to know about a device. */
export interface DeviceTraits {
  /** Whether shaders may use subgroups. */
  readonly subgroups?: boolean
  /** Whether the device is a CPU. */
  readonly software?: boolean
}

/** The smallest power of two that is at least x. */
export const powerAbove = (x: number): number => 2 ** Math.max(0, Math.ceil(Math.log2(x)))

/** Enough threads to keep the cores of a CPU busy. */
const busyCores = 64

/**
 * Parts per row on a CPU. Threads there are only as parallel as its cores, and each barrier costs
 * more than dozens of additions (SwiftShader: rows of 768 are 20 times slower in 192 parts than in
 * one).
 */
const softwareParts = (outer: number): number =>
  outer >= busyCores ? 1 : powerAbove(busyCores / outer)

/** The most threads per row, at most `team`; one if threads cannot cooperate. */
export function mostParts(dialect: Dialect, team: number, outer: number, software = false): number {
  if (!dialect.team) return 1
  return software ? Math.min(team, softwareParts(outer)) : team
}

const largest = 256
const smallest = 64
/** If the device has more steps than this to do, each thread may take four. */
const plenty = 2 ** 16

/**
 * For nests whose rows are contiguous: a thread takes every n-th element of a row, or every n-th
 * group of four. Long rows get a workgroup each, short rows share one, and the shortest get one
 * thread.
 */
export function rows(
  { outer, inner }: LoopNest,
  dialect: Dialect,
  { subgroups, software }: DeviceTraits,
): Layout {
  const byFour = dialect.lanes === 4 && inner % 4 === 0
  const steps = byFour ? inner / 4 : inner
  const wanted = steps <= 4 || outer * steps > plenty ? steps / 4 : steps
  const parts = Math.min(mostParts(dialect, largest, outer, software), powerAbove(wanted))
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
