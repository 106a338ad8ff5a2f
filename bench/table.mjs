// The report as Markdown, so that the same text serves a terminal and docs/benchmarks.md.

const fixed = (value, digits) => (value === undefined ? "-" : value.toFixed(digits))
const times = (value) => (value === undefined ? "" : `${value.toFixed(2)} x`)

const columns = [
  ["case", (r) => r.label],
  ["runner", (r) => r.name],
  ["faster (minima)", (r) => times(r.ratios?.speedOfMinima)],
  ["faster (medians)", (r) => times(r.ratios?.speedOfMedians)],
  ["our memory", (r) => times(r.ratios?.memory)],
  ["step s, min", (r) => fixed(r.stepSecondsMin, 3)],
  ["median", (r) => fixed(r.stepSecondsMedian, 3)],
  ["GFLOP/s", (r) => fixed(r.gflops, 0)],
  ["peak MiB", (r) => fixed(r.peakMemoryMiB, 0)],
  ["compile s", (r) => fixed(r.compileSeconds, 2)],
  ["first step s", (r) => fixed(r.firstStepSeconds, 2)],
]

const rowsOf = ({ name, batch, ours, peers }) => [
  ...(ours ? [{ ...ours, name: "tubelet", label: `${name}, batch ${batch}` }] : []),
  ...peers.map((peer, i) => ({
    ...peer,
    name: `${peer.name} ${peer.version}`,
    label: ours || i > 0 ? "" : `${name}, batch ${batch}`,
  })),
]

/** A Markdown table with its columns in line. */
export function markdownTable(head, rows) {
  const lines = [head, ...rows]
  const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i].length)))
  const join = (cells) => `| ${cells.join(" | ")} |`
  const [first, ...rest] = lines.map((line) => join(line.map((c, i) => c.padEnd(widths[i]))))
  return [first, join(widths.map((w) => "-".repeat(w))), ...rest].join("\n")
}

/** The whole report as text. */
export function textOf({ cases, dualMasking }) {
  const rows = cases.flatMap(rowsOf).map((row) => columns.map(([, cell]) => cell(row)))
  const reasons = cases.flatMap(({ name, leftOut }) =>
    leftOut.map((l) => `Left out of ${name}: ${l.name} (${l.reason}).`),
  )
  const parts = [
    markdownTable(
      columns.map(([head]) => head),
      rows,
    ),
    ...reasons,
  ]
  if (dualMasking) parts.push(dualText(dualMasking))
  return parts.join("\n\n")
}

const dualText = ({ gflop, seconds, gflopsRate, memory, activations }) =>
  "Dual masking, videomaev2-b over videomae-b: " +
  `${fixed(gflop, 2)} of the operations in ${fixed(seconds, 2)} of the time ` +
  `(${fixed(gflopsRate, 2)} of the GFLOP/s), ${fixed(memory, 2)} of the peak memory, ` +
  `${fixed(activations, 2)} of what lies beyond weights and moments.`
