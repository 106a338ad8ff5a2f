// node bench/small/main.mjs: one JSON line with the fields of `tubelet bench step --json`.
import { parseArgs } from "node:util"
import { median } from "../compare.mjs"
import { compileSmallStep } from "./step.mjs"
import { configs, stepFlops } from "./transformer.mjs"

const text = (value) => ({ type: "string", default: value })
const { values } = parseArgs({
  options: {
    steps: text("20"),
    warmup: text("3"),
    threads: text("2"),
    model: text("small"),
    backend: text("cpu"),
  },
})
const [steps, warmup, threads] = [values.steps, values.warmup, values.threads].map(Number)
const now = () => performance.now() / 1000

const openers = {
  cpu: async () => (await import("@tubelet/backend-cpu")).cpuBackend({ threads }),
  webgpu: async () => (await import("@tubelet/backend-webgpu")).webgpuBackend(),
}
const config = configs[values.model]
const backend = await openers[values.backend]()
let start = now()
const step = await compileSmallStep(backend, config)
const compileSeconds = now() - start

const times = []
const losses = []
for (let i = 0; i < warmup + steps; i++) {
  start = now()
  losses.push(await step.run())
  times.push(now() - start)
}
const timed = times.slice(warmup)
const stepSecondsMin = Math.min(...timed)
const result = {
  peer: "tubelet",
  model: values.model,
  batch: config.batch,
  threads,
  params: step.parameterCount,
  stepSecondsMedian: median(timed),
  stepSecondsMin,
  compileSeconds,
  firstStepSeconds: times[0],
  peakMemoryMiB: process.resourceUsage().maxRSS / 1024,
  gflops: stepFlops(config) / stepSecondsMin / 1e9,
  losses,
}
process.stdout.write(`${JSON.stringify(result)}\n`)
await step.dispose()
await backend.dispose()
