// npm run evidence: runs what has no result yet, then writes docs/evidence.md. See there.
import { cpus } from "node:os"
import { join, relative } from "node:path"
import { parseArgs } from "node:util"
import { output } from "../bench/process.mjs"
import { setUpPeers } from "../bench/set-up.mjs"
import { root } from "../scripts/programs.mjs"
import { contextOf, nameOf } from "./context.mjs"
import { freeCores } from "./idle.mjs"
import { order } from "./protocol.mjs"
import { report } from "./report.mjs"
import { runAll } from "./schedule.mjs"
import { leftOut, undone, unitsOf } from "./units.mjs"
import { watching } from "./watch.mjs"

const usage = `usage: npm run evidence -- [--quick] [--arms A,B] [--jobs N] [--commit] [--report]
  --quick   a few steps of one seed, in .cache/evidence: shows that everything runs
  --arms    only these arms: ${order.join(", ")}
  --jobs    processes of one thread (one per core)
  --commit  commits each result as it ends
  --report  runs nothing and writes the page from the results so far`

const options = {
  ...{ quick: { type: "boolean" }, arms: { type: "string" }, jobs: { type: "string" } },
  ...{ commit: { type: "boolean" }, report: { type: "boolean" }, help: { type: "boolean" } },
}

const { values } = parsed()
if (values.help) end(0, usage)
const context = contextOf(values.quick ?? false)
const jobs = Number(values.jobs ?? cpus().length)
if (!(Number.isInteger(jobs) && jobs > 0)) end(2, `--jobs is ${values.jobs}: pass a whole number`)
if (!values.report) await study()
await report(context)

function parsed() {
  try {
    return parseArgs({ options })
  } catch (error) {
    return end(2, `${error.message}\n${usage}`)
  }
}

function end(code, text) {
  process.stderr.write(`${text}\n`)
  process.exit(code)
}

/** Runs every unit that has no result. */
async function study() {
  const wanted = values.arms?.split(",") ?? order
  const unknown = wanted.find((arm) => !order.includes(arm))
  if (unknown) end(2, `there is no arm "${unknown}"\nchoose from ${order.join(", ")}`)
  const units = unitsOf(context).filter(({ arm }) => wanted.includes(arm))
  const out = leftOut(units, wanted.includes("torch") ? await missingTorch() : undefined)
  for (const [name, reason] of out) process.stderr.write(`${name} is left out: ${reason}\n`)
  const todo = undone(units, context, out)
  if (todo.length === 0) return
  if (!context.quick) await requireQuiet()
  const watch = watching(todo, context, { jobs, onDone: values.commit ? commit : () => {} })
  const { failed, waiting } = await runAll(todo, context, { jobs, watch })
  for (const unit of waiting) process.stderr.write(`${nameOf(unit)} was not run\n`)
  if (failed.length > 0) process.exitCode = 1
}

/** Finds or installs PyTorch for the processes; why there is none. */
async function missingTorch() {
  const { torch } = await setUpPeers(["torch"], (text) => process.stderr.write(`${text}\n`))
  if (torch.program) process.env.TUBELET_TORCH_PYTHON = torch.program
  return torch.reason
}

async function requireQuiet() {
  const free = await freeCores()
  if (free >= 0.85 * jobs) return
  end(
    1,
    `only ${free.toFixed(1)} cores are free for ${jobs} processes: times would be wrong\n` +
      "stop other programs, or pass a smaller --jobs",
  )
}

async function commit(unit) {
  const path = relative(root, join(context.results, `${nameOf(unit)}.json`))
  await output("git", ["add", path], { cwd: root })
  const message = `evidence: ${unit.arm}, seed ${unit.seed}`
  await output("git", ["commit", "--quiet", "-m", message, "--", path], { cwd: root })
}
