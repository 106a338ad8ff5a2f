// node bench/small/main.mjs: one JSON line with the fields of `tubelet bench step --json`.
import { parseArgs } from "node:util"
import { cpuBackend } from "@tubelet/backend-cpu"
import { median } from "../compare.mjs"
import { compileSmallStep } from "./step.mjs"
import { smallConfig, stepFlops } from "./transformer.mjs"

const text = (value) => ({ type: "string", default: value })
const { values } = parseArgs({
  options: { steps: text("20"), warmup: text("3"), threads: text("2") },
})
const [steps, warmup, threads] = [values.steps, values.warmup, values.threads].map(Number)
const now = () => performance.now() / 1000

const backend = await cpuBackend({ threads })
let start = now()
const step = await compileSmallStep(backend, smallConfig)
const compileSeconds = now() - start

const times = []
let loss
for (let i = 0; i < warmup + steps; i++) {
  start = now()
  loss = await step.run()
  times.push(now() - start)
}
const timed = times.slice(warmup)
const stepSecondsMin = Math.min(...timed)
const result = {
  peer: "tubelet",
  model: "small",
  batch: smallConfig.batch,
  threads,
  params: step.parameterCount,
  stepSecondsMedian: median(timed),
  stepSecondsMin,
  compileSeconds,
  firstStepSeconds: times[0],
  peakMemoryMiB: process.resourceUsage().maxRSS / 1024,
  gflops: stepFlops(smallConfig) / stepSecondsMin / 1e9,
  loss,
}
process.stdout.write(`${JSON.stringify(result)}\n`)
await step.dispose()
await backend.dispose()
