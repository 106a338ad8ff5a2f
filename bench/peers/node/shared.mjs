// What both peers in JavaScript share: the model's sizes, AdamW's numbers, and the timing.
import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"

export const sizes = {
  batch: 4,
  tokens: 160,
  pixels: 1536,
  dim: 192,
  heads: 3,
  depth: 4,
  hidden: 768,
  eps: 1e-5,
}
export const adamW = { rate: 1e-3, beta1: 0.9, beta2: 0.95, eps: 1e-8, decay: 0.05 }

const text = (value) => ({ type: "string", default: value })
const { values } = parseArgs({
  options: {
    steps: text("5"),
    warmup: text("2"),
    threads: text("2"),
    transposed: { type: "boolean", default: false },
  },
})
export const { transposed } = values
export const threads = Number(values.threads)

const manifest = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"))

/** The version that the manifest pins. */
export const versionOf = (name) => manifest.dependencies[name]

/** Times `step(t)`, t from 1, which gives the loss; prints one JSON object. */
export async function time(step, facts) {
  const [warmup, steps] = [Number(values.warmup), Number(values.steps)]
  const times = []
  let loss
  for (let t = 1; t <= warmup + steps; t++) {
    const start = performance.now()
    loss = await step(t)
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
    loss,
  }
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
