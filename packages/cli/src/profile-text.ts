import type { ProfileRow, RunCosts } from "@tubelet/core"

type Column = readonly [head: string, width: number, cell: (row: ProfileRow) => string]

const rate = (amount: number | undefined, by: number | undefined, digits = 1): string =>
  amount && by ? (amount / by).toFixed(digits) : ""

/** The kernels that take this share of the time are shown, up to a limit. */
const shownShare = 0.9
const mostShown = 20

/**
 * A profile as lines, per step of `steps`, without columns that no row knows. The slowest kernels
 * come first: `kernels` of them, 0 for all, or those that take most of the time. The others share
 * one line; the last line is the sum.
 */
export function profileText(
  rows: readonly ProfileRow[],
  steps: number,
  kernels?: number,
): string[] {
  const total = sumOf(rows, "total")
  const moved = rows.some(({ bytes }) => bytes !== undefined)
  const columns: Column[] = [
    ["ms/step", 9, ({ seconds }) => rate(1000 * seconds, steps, 2)],
    ["%", 5, ({ seconds }) => rate(100 * seconds, total.seconds)],
    ["calls", 6, ({ calls }) => rate(calls, steps, 0)],
  ]
  if (moved) {
    columns.push(
      ["MB", 9, ({ bytes }) => rate(bytes, 1e6 * steps, 2)],
      ["GB/s", 7, ({ bytes, seconds }) => rate(bytes, 1e9 * seconds)],
      ["GFLOP/s", 8, ({ flops, seconds }) => rate(flops, 1e9 * seconds)],
      ["FLOP/B", 7, ({ flops, bytes }) => rate(flops, bytes)],
    )
  }
  const line = (cells: readonly string[], kernel: string) =>
    `${cells.map((cell, i) => cell.padStart(columns[i][1])).join(" ")}  ${kernel}`
  const heads = columns.map(([head]) => head)
  return [
    line(heads, "kernel"),
    ...[...slowest(rows, total.seconds, kernels), total].map((row) =>
      line(
        columns.map(([, , cell]) => cell(row)),
        row.kernel,
      ),
    ),
  ]
}

/** The slowest kernels, and all others in one row. */
function slowest(rows: readonly ProfileRow[], total: number, kernels?: number): ProfileRow[] {
  const sorted = [...rows].sort((a, b) => b.seconds - a.seconds)
  const shown = kernels === 0 ? sorted.length : (kernels ?? most(sorted, total))
  const others = sorted.slice(shown)
  // A single other kernel needs no summary.
  if (others.length <= 1) return sorted
  return [
    ...sorted.slice(0, shown),
    sumOf(others, `${others.length} more kernels (all: --kernels 0)`),
  ]
}

/** How many of the first take most of the time. */
function most(sorted: readonly ProfileRow[], total: number): number {
  let seconds = 0
  const last = sorted.findIndex((row) => {
    seconds += row.seconds
    return seconds >= shownShare * total
  })
  return Math.min(last + 1, mostShown)
}

function sumOf(rows: readonly ProfileRow[], kernel: string): ProfileRow {
  const sum = (field: "calls" | "seconds" | "bytes" | "flops") =>
    rows.reduce((n, row) => n + (row[field] ?? 0), 0)
  return {
    ...{ kernel, calls: sum("calls"), seconds: sum("seconds") },
    ...{ bytes: sum("bytes"), flops: sum("flops") },
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** The planned cost of a step, and the minimum. */
export const costsText = ({
  dispatches,
  bytesMoved,
  leastBytes,
  peakBytes,
  liveBytes,
}: RunCosts): string =>
  `${dispatches} dispatches move ${megabytes(bytesMoved)}, ` +
  `${(bytesMoved / leastBytes).toFixed(2)} x the minimum (${megabytes(leastBytes)}); ` +
  `intermediates take ${megabytes(peakBytes)}, ` +
  `${(peakBytes / liveBytes).toFixed(2)} x the peak live memory (${megabytes(liveBytes)})`
