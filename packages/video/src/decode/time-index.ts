/** Timestamps are rounded to a container's clock, often to a millisecond. */
const largestRounding = 0.0005

/**
 * How far before a frame's stored time a requested time may be and still mean that frame: half a
 * tick of the time base. Matroska stores 2/30 s as 0.067, which is the frame at 2/30 s.
 */
export const clockTolerance = (tickSeconds: number) =>
  Math.min(tickSeconds / 2, largestRounding) + 1e-6

/** The index of the frame displayed at `time`: the last one that starts by then. */
export function frameOnShow(frameTimes: Float64Array, time: number, tolerance: number): number {
  let low = 0
  let high = frameTimes.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (frameTimes[middle] <= time + tolerance) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}
