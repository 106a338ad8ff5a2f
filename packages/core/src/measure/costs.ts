import type { RunCosts } from "../backend.js"
import type { Plan } from "../codegen/placement/plan.js"
import { bytesOf } from "../dtype.js"
import { membersOf } from "../schedule/kernel.js"
import type { Tensor } from "../tensor.js"
import { leastBytes, workOf } from "./work.js"

/** The planned cost of one run; copies count as a read and a write. */
export function costsOf({ kernels, placements, saved, copies, slabs, liveBytes }: Plan): RunCosts {
  const shown = new Set(copies.map(({ from }) => from))
  const isOutside = (t: Tensor) => placements.get(t)!.kind !== "slab" || shown.has(t)
  const members = kernels.flatMap(membersOf)
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
  const copied = [
    ...saved.map(({ from }) => bytesOf(from)),
    ...copies.map(({ from, via }) => bytesOf(from) * (via ? 2 : 1)),
  ]
  return {
    dispatches: kernels.length,
    bytesMoved: sum(members.map((kernel) => workOf(kernel).bytes)) + 2 * sum(copied),
    leastBytes: sum(members.map((kernel) => leastBytes(kernel, isOutside))),
    peakBytes: sum(slabs),
    liveBytes,
  }
}
