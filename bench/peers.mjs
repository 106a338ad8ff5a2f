// npm run bench:peers: Tubelet and its peers, run alternately, as ratios. See docs/benchmarks.md.
import { cpus, loadavg, totalmem } from "node:os"
import { readOptions, UsageError, usage } from "./options.mjs"
import { reportOf } from "./report.mjs"
import { runOurs, runPeer } from "./runners.mjs"
import { setUpPeers } from "./set-up.mjs"
import { textOf } from "./table.mjs"
import { takeTurns } from "./turns.mjs"

const say = (text) => process.stderr.write(`${text}\n`)

function optionsOrExit() {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    say(`${error.message}\n${usage}`)
    return process.exit(2)
  }
}

const machine = () => ({
  date: new Date().toISOString(),
  processor: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  platform: `${process.platform} ${process.arch}`,
  node: process.version,
  // If this is well above zero before the start, other programs are running.
  loadBefore: loadavg()[0],
})

function tellTurn({ round, which, runner, turn, error }) {
  const what = `round ${round}  ${which.name.padEnd(13)} ${runner.padEnd(16)}`
  if (error) say(`${what} left out: ${error.message}`)
  else say(`${what} ${turn.stepSecondsMin.toFixed(3)} s, ${turn.peakMemoryMiB.toFixed(0)} MiB`)
}

const options = optionsOrExit()
if (options.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const facts = { ...machine(), threads: options.threads, rounds: options.rounds }
const places = await setUpPeers([...new Set(options.cases.flatMap((c) => c.peers))], say)
const results = await takeTurns(
  options,
  (runner, which) =>
    runner === "tubelet" ? runOurs(which, options) : runPeer(runner, which, options, places),
  tellTurn,
)
const report = { ...facts, ...reportOf(results) }
say(`\n${textOf(report)}`)
if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`)
if (report.cases.some((c) => !c.ours)) process.exitCode = 1
