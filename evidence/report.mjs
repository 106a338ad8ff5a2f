// Writes the results into docs/evidence.md, between its two marks, and draws the curves.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { writeText } from "@tubelet/core/files"
import { markdownTable } from "../bench/table.mjs"
import { root } from "../scripts/programs.mjs"
import { resultOf } from "./context.mjs"
import { drawCurves } from "./curves.mjs"
import { judged } from "./gates.mjs"
import { arms, order, probedLabels } from "./protocol.mjs"
import { binomialInterval, mean, tInterval } from "./statistics.mjs"

const marks = ["<!-- results: npm run evidence -->", "<!-- end of results -->"]

/** Writes the page and `evidence.json`; of a quick run, a page in the cache. */
export async function report(context) {
  const page = join(root, "docs", "evidence.md")
  const folder = context.quick ? context.cache : join(root, "docs", "public", "evidence")
  const results = order.flatMap((arm) => {
    const found = context.seeds.map((seed) => resultOf(context, { arm, seed })).filter(Boolean)
    return found.length > 0 ? [{ arm, found }] : []
  })
  if (results.length === 0) return
  const gates = judged(context)
  const pictures = await drawAll(folder, results)
  const text = [
    ...notRun(results, context),
    ...[gateTable(gates), armTable(results, context), ...pictures, machines(results)],
  ]
  const before = readFileSync(page, "utf8")
  const [start, end] = marks.map((mark) => before.indexOf(mark))
  const whole = before.slice(0, start) + [marks[0], ...text, ""].join("\n\n") + before.slice(end)
  await writeText(context.quick ? join(folder, "evidence.md") : page, whole)
  await writeText(join(folder, "evidence.json"), `${JSON.stringify({ gates, results })}\n`)
  process.stdout.write(`${gateTable(gates)}\n`)
}

/** Names the arms that lack seeds. */
function notRun(results, { seeds }) {
  const done = (arm) => results.find((one) => one.arm === arm)?.found.length ?? 0
  const left = order.filter((arm) => done(arm) < (arms[arm].once ? 1 : seeds.length))
  return left.length > 0 ? [`Not complete yet: ${left.join(", ")}.`] : []
}

function verdict({ seen, holds }) {
  if (seen === undefined) return "not run"
  if (holds === undefined) return "one seed"
  return holds ? "holds" : "**fails**"
}

const gateTable = (gates) =>
  markdownTable(
    ["gate", "seen", "verdict"],
    gates.map((gate) => [gate.claim, gate.seen ?? "-", verdict(gate)]),
  )

const percent = (values) => {
  if (values.length === 0) return "-"
  const { mean, half } = tInterval(values)
  const each = values.map((value) => value.toFixed(1)).join(", ")
  return half === undefined ? each : `${mean.toFixed(1)} ± ${half.toFixed(1)} (${each})`
}

function armTable(results, { sets }) {
  const rows = results
    .filter(({ arm }) => !arms[arm].paces)
    .map(({ arm, found }) => {
      const finetuned = (each) => found.flatMap((one) => one.finetuning?.[each]?.test ?? [])
      const [rate] = found.flatMap(
        ({ finetuning }) => Object.values(finetuning ?? {})[0]?.rate ?? [],
      )
      return [
        arm,
        percent(found.flatMap(({ probe }) => probe?.test ?? [])),
        percent(finetuned(3)),
        percent(finetuned(10)),
        rate === undefined ? "-" : String(rate),
      ]
    })
  const titles = ["arm", `probe, ${probedLabels} labels`, "3 labels", "10 labels", "rate"]
  const { digits, fashion } = sets
  const noise = [digits, fashion].map(({ size }) => {
    const [low, high] = binomialInterval(50, size.test)
    return ((high - low) / 2).toFixed(1)
  })
  return [
    markdownTable(titles, rows),
    "Top-1 in percent: the mean with its 95 % t interval, then each seed. The test set alone " +
      `makes an accuracy of 50 % uncertain by ${noise[0]} points on A and ${noise[1]} on B ` +
      "(exact binomial interval).",
  ].join("\n\n")
}

const meanCurve = (runs) => runs[0].map((_, i) => mean(runs.map((run) => run[i])))

async function drawAll(folder, results) {
  const of = (names) => results.filter(({ arm }) => names.includes(arm))
  const losses = (pick) => (one) => {
    const runs = one.found.flatMap((result) => pick(result) ?? [])
    if (runs.length === 0 || runs[0].length === 0) return []
    return [{ name: one.arm, points: meanCurve(runs).map((loss, i) => [10 * (i + 1), loss]) }]
  }
  const charts = [
    {
      name: "pretraining",
      ...{ title: "pre-training loss on A", x: "step", y: "loss" },
      series: results
        .filter(({ arm }) => arms[arm].set === "digits" && arms[arm].target === undefined)
        .flatMap(losses(({ pretraining }) => pretraining && [pretraining.losses])),
    },
    {
      name: "finetuning",
      ...{ title: "accuracy on validation clips, 3 labels a class", x: "step", y: "top-1, %" },
      series: of(["random-75", "v2", "frame-75", "tube-75", "scratch", "scratch-long"]).flatMap(
        ({ arm, found }) => {
          const curves = found.map(({ finetuning }) => finetuning[3].curve)
          const points = curves[0].map(([step], i) => [step, mean(curves.map((c) => c[i][1]))])
          return [{ name: arm, points }]
        },
      ),
    },
    {
      name: "torch",
      ...{ title: "fine-tuning loss of random-75, 3 labels a class", x: "step", y: "loss" },
      series: of(["random-75", "torch"]).flatMap(
        losses(({ finetuning }) => finetuning?.[3] && [finetuning[3].losses]),
      ),
    },
  ]
  const drawn = charts.filter(({ series }) => series.length > 0)
  for (const { name, ...chart } of drawn) await drawCurves(join(folder, `${name}.png`), chart)
  return drawn.map(({ name, title }) => `![${title}](./public/evidence/${name}.png)`)
}

function machines(results) {
  const all = results.flatMap(({ found }) => found.map((one) => one.machine))
  const lines = new Set(
    all.map(({ cpu, cores, node, date }) => `${cpu}, ${cores} cores, Node ${node}, ${date}`),
  )
  const seconds = results.flatMap(({ found }) => found.map((one) => one.totalCpuSeconds))
  const hours = seconds.reduce((a, b) => a + b, 0) / 3600
  return `Run on ${[...lines].join("; ")}: ${hours.toFixed(1)} CPU hours.`
}
