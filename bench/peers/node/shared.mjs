// What both peers in JavaScript share: the device, AdamW's numbers, and the timing.
import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { sizes } from "./sizes.mjs"

export const adamW = { rate: 1e-3, beta1: 0.9, beta2: 0.95, eps: 1e-8, decay: 0.05 }

const text = (value) => ({ type: "string", default: value })
const { values } = parseArgs({
  options: {
    steps: text("5"),
    warmup: text("2"),
    threads: text("2"),
    model: text("small"),
    backend: text("wasm"),
    transposed: { type: "boolean", default: false },
  },
})
export const { transposed, backend } = values
export const model = sizes[values.model]
export const threads = Number(values.threads)

if (backend === "webgpu") (await import("./webgpu.mjs")).provideWebGpu()

const manifest = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"))

/** The version that the manifest pins. */
export const versionOf = (name) => manifest.dependencies[name]

/** Times `step(t)`, t from 1, which gives the loss; prints one JSON object. */
export async function time(step, facts) {
  const [warmup, steps] = [Number(values.warmup), Number(values.steps)]
  const times = []
  const losses = []
  for (let t = 1; t <= warmup + steps; t++) {
    const start = performance.now()
    losses.push(await step(t))
    times.push((performance.now() - start) / 1000)
  }
  const timed = times.slice(warmup).sort((a, b) => a - b)
  const middle = timed.length >> 1
  const result = {
    ...facts,
    stepSecondsMedian: timed.length % 2 ? timed[middle] : (timed[middle - 1] + timed[middle]) / 2,
    stepSecondsMin: timed[0],
    firstStepSeconds: times[0],
    peakMemoryMiB: process.resourceUsage().maxRSS / 1024,
    losses,
  }
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
