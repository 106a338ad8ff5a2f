// npm run bench:data: clips per second of Tubelet, PyAV and a cache. See docs/benchmarks.md.
import { mkdirSync } from "node:fs"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import { root } from "../scripts/programs.mjs"
import { median } from "./compare.mjs"
import { measured } from "./process.mjs"
import { setUpPyav } from "./set-up.mjs"
import { markdownTable } from "./table.mjs"

const usage = `usage: npm run bench:data -- [FOLDER] [--rounds N] [--clips N] [--json]
  FOLDER    folder of videos (examples/clips)
  --rounds  number of rounds; each runs every reader once (3)
  --clips   clips per reader and round (128)
  --json    print one JSON object to stdout and the table to stderr`

const texts = ["rounds", "clips"].map((name) => [name, { type: "string" }])
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...Object.fromEntries(texts),
    ...{ json: { type: "boolean" }, help: { type: "boolean" } },
  },
})
const say = (text) => process.stderr.write(`${text}\n`)
if (values.help) {
  say(usage)
  process.exit(0)
}
const folder = resolve(positionals[0] ?? join(root, "examples", "clips"))
const [rounds, clips] = [Number(values.rounds ?? 3), Number(values.clips ?? 128)]

const tubelet = (...args) =>
  measured(process.execPath, [join(root, "packages", "cli", "dist", "main.js"), ...args, "--json"])
const ours = (data, workers) => () =>
  tubelet("bench", "data", data, "--workers", workers, "--batches", String(Math.ceil(clips / 4)))
const pyav = (processes) => async () => {
  const { program, folder: scripts, reason } = await place
  if (reason) throw new Error(reason)
  const counts = ["--processes", processes, "--clips", String(clips)]
  return measured(program, ["clips.py", folder, ...counts], { cwd: scripts })
}

const place = setUpPyav(say)
await place
const cached = join(root, ".cache", "bench", "clips")
mkdirSync(cached, { recursive: true })
await tubelet("cache", folder, "--out", cached)

/** In each pair, ours is first. */
const runners = [
  ["tubelet, in one process", ours(folder, "0")],
  ["PyAV, in one process", pyav("1")],
  ["tubelet, 2 processes", ours(folder, "2")],
  ["PyAV, 2 processes", pyav("2")],
  ["tubelet cache, in one process", ours(cached, "0")],
  ["tubelet cache, 2 threads", ours(cached, "2")],
]
const seen = new Map(runners.map(([name]) => [name, []]))
for (let round = 1; round <= rounds; round++) {
  for (const [name, run] of runners) {
    try {
      const { clipsPerSecond } = await run()
      seen.get(name).push(clipsPerSecond)
      say(`round ${round}  ${name.padEnd(34)} ${clipsPerSecond.toFixed(1)} clips/s`)
    } catch (error) {
      say(`round ${round}  ${name.padEnd(34)} left out: ${error.message}`)
    }
  }
}
const results = [...seen].flatMap(([name, rates]) =>
  rates.length === 0 ? [] : [{ name, best: Math.max(...rates), median: median(rates) }],
)
const head = ["reader", "clips/s, best", "median"]
const rows = results.map((r) => [r.name, r.best.toFixed(1), r.median.toFixed(1)])
say(`\n${markdownTable(head, rows)}`)
if (values.json) process.stdout.write(`${JSON.stringify({ folder, rounds, clips, results })}\n`)
