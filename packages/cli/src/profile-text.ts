import type { ProfileRow, RunCosts } from "@tubelet/core"

type Column = readonly [head: string, width: number, cell: (row: ProfileRow) => string]

const rate = (amount: number | undefined, by: number | undefined, digits = 1): string =>
  amount && by ? (amount / by).toFixed(digits) : ""

/** A profile as lines, per step of `steps`; columns that no row knows are left out. */
export function profileText(rows: readonly ProfileRow[], steps: number): string[] {
  const total = rows.reduce((sum, { seconds }) => sum + seconds, 0)
  const moved = rows.some(({ bytes }) => bytes !== undefined)
  const columns: Column[] = [
    ["ms/step", 9, ({ seconds }) => rate(1000 * seconds, steps, 2)],
    ["%", 5, ({ seconds }) => rate(100 * seconds, total)],
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
    `${cells.map((cell, i) => cell.padStart(columns[i]![1])).join(" ")}  ${kernel}`
  return [
    line(
      columns.map(([head]) => head),
      "kernel",
    ),
    ...rows.map((row) =>
      line(
        columns.map(([, , cell]) => cell(row)),
        row.kernel,
      ),
    ),
  ]
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** What a step takes as it was planned, and the least that it could. */
export const costsText = ({
  dispatches,
  bytesMoved,
  leastBytes,
  peakBytes,
  liveBytes,
}: RunCosts): string =>
  `${dispatches} dispatches move ${megabytes(bytesMoved)}, ` +
  `${(bytesMoved / leastBytes).toFixed(2)} times the least (${megabytes(leastBytes)}); ` +
  `inner tensors take ${megabytes(peakBytes)}, ` +
  `${(peakBytes / liveBytes).toFixed(2)} times what is alive at once (${megabytes(liveBytes)})`
