// The report as Markdown, for both the terminal and docs/benchmarks.md.

const fixed = (value, digits) => (value === undefined ? "-" : value.toFixed(digits))
const times = (value) => `${value.toFixed(2)} x`

/** The figures to quote: Tubelet compared with each peer. */
const comparison = [
  ["case", (r) => r.label],
  ["peer", (r) => r.name],
  ["faster (minima)", (r) => times(r.ratios.speedOfMinima)],
  ["faster (medians)", (r) => times(r.ratios.speedOfMedians)],
  ["our memory", (r) => times(r.ratios.memory)],
]

/** The raw measurements, which say little about another machine. */
const measurements = [
  ["case", (r) => r.label],
  ["runner", (r) => r.name],
  ["step s, min", (r) => fixed(r.stepSecondsMin, 3)],
  ["median", (r) => fixed(r.stepSecondsMedian, 3)],
  ["GFLOP/s", (r) => fixed(r.gflops, r.gflops < 10 ? 1 : 0)],
  ["peak MiB", (r) => fixed(r.peakMemoryMiB, 0)],
  ["compile s", (r) => fixed(r.compileSeconds, 2)],
  ["first step s", (r) => fixed(r.firstStepSeconds, 2)],
]

const labelled = ({ name, batch }, row) => ({ ...row, label: `${name}, batch ${batch}` })
const peersOf = (which) =>
  which.peers.map((peer) => labelled(which, { ...peer, name: `${peer.name} ${peer.version}` }))
const oursOf = (which) => (which.ours ? [labelled(which, { ...which.ours, name: "tubelet" })] : [])

const tableOf = (columns, rows) =>
  markdownTable(
    columns.map(([head]) => head),
    rows.map((row) => columns.map(([, cell]) => cell(row))),
  )

/** A Markdown table with aligned columns. */
export function markdownTable(head, rows) {
  const lines = [head, ...rows]
  const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i].length)))
  const join = (cells) => `| ${cells.join(" | ")} |`
  const [first, ...rest] = lines.map((line) => join(line.map((c, i) => c.padEnd(widths[i]))))
  return [first, join(widths.map((w) => "-".repeat(w))), ...rest].join("\n")
}

/** The whole report as text. */
export function textOf({ cases, dualMasking }) {
  const compared = cases.filter((which) => which.ours).flatMap(peersOf)
  const measured = cases.flatMap((which) => [...oursOf(which), ...peersOf(which)])
  const reasons = cases.flatMap(({ name, leftOut }) =>
    leftOut.map((l) => `Left out of ${name}: ${l.name} (${l.reason}).`),
  )
  return [
    ...(compared.length > 0 ? [tableOf(comparison, compared)] : []),
    ...agreement(compared),
    ...(dualMasking ? [dualText(dualMasking)] : []),
    tableOf(measurements, measured),
    ...reasons,
  ].join("\n\n")
}

/** Whether all frameworks trained the same model, by the losses of the first steps. */
function agreement(peers) {
  const told = peers.filter(({ lossError }) => lossError !== undefined)
  if (told.length === 0) return []
  const worst = told.reduce((a, b) => (b.lossError > a.lossError ? b : a))
  const error = worst.lossError.toExponential(0)
  if (worst.lossError > 1e-4)
    return [`Losses differ from ${worst.name}'s by ${error}: the models differ.`]
  return [`The losses of the first steps agree with the peers' within ${error}.`]
}

const dualText = ({ gflop, seconds, gflopsRate, memory, activations }) =>
  "Dual masking, videomaev2-b over videomae-b: " +
  `${fixed(gflop, 2)} of the operations, ${fixed(seconds, 2)} of the time ` +
  `(${fixed(gflopsRate, 2)} of the GFLOP/s), ${fixed(memory, 2)} of the peak memory, ` +
  `${fixed(activations, 2)} of it without weights and moments.`
