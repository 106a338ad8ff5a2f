import type { ProfileRow } from "../backend.js"
import type { Plan } from "../codegen/placement/plan.js"
import { membersOf } from "../schedule/kernel.js"
import { workOf } from "./work.js"

/** Measured times, in the order of the plan's kernels. */
export interface Timed {
  readonly labels: readonly string[]
  /** Total over all runs. */
  readonly seconds: readonly number[]
  readonly runs: number
}

const total = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/** One row per label, slowest first. */
export function profileRows(
  kernels: Plan["kernels"],
  { labels, seconds, runs }: Timed,
): ProfileRow[] {
  const rows = new Map<string, Required<ProfileRow>>()
  for (const [i, kernel] of labels.entries()) {
    const work = membersOf(kernels[i]).map(workOf)
    const row = rows.get(kernel) ?? { kernel, calls: 0, seconds: 0, bytes: 0, flops: 0 }
    rows.set(kernel, {
      kernel,
      calls: row.calls + runs,
      seconds: row.seconds + seconds[i],
      bytes: row.bytes + runs * total(work.map(({ bytes }) => bytes)),
      flops: row.flops + runs * total(work.map(({ flops }) => flops)),
    })
  }
  return [...rows.values()].sort((a, b) => b.seconds - a.seconds)
}
