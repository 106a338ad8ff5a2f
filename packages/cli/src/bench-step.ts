import { availableParallelism } from "node:os"
import { type Backend, type ProfileRow, type RunCosts, sizeOf } from "@tubelet/core"
import { tokensOf } from "@tubelet/masking"
import { type PretrainConfig, pretrainModel } from "@tubelet/models"
import { stepFlops } from "@tubelet/models/flops"
import {
  compileTrainStep,
  defaultMasks,
  initialState,
  pretrainPlan,
  tokenCounts,
  whileReserved,
} from "@tubelet/train"
import { noiseBatches } from "./setup/noise.js"

export interface BenchStepOptions {
  readonly model: string
  readonly config: PretrainConfig
  readonly backend: Backend
  readonly batch: number
  readonly steps: number
  readonly warmup: number
  /** Also profile the kernels over all steps, which slows them a little. */
  readonly profile?: boolean
}

/** Progress callbacks. */
export interface BenchStepProgress {
  /** Compilation and initialising weights, from 0 to 1. */
  readonly onCompile?: (done: number) => void
  readonly onInit?: (done: number) => void
  readonly onStep?: (done: number, seconds: number) => void
}

/** One timed training step: the fields of the PyTorch peer, and more. */
export interface BenchStepResult {
  readonly peer: "tubelet"
  readonly model: string
  readonly batch: number
  readonly device: string
  readonly dtype: "f32"
  readonly compile: true
  readonly threads: number
  readonly tokens: number
  readonly visible: number
  readonly targets: number
  readonly params: number
  readonly stepSecondsMedian: number
  readonly stepSecondsMin: number
  readonly samplesPerSecond: number
  readonly peakMemoryMiB: number
  readonly compileSeconds: number
  readonly firstStepSeconds: number
  readonly gflops: number
  readonly rows?: readonly ProfileRow[]
  /** With the rows, if the backend plans the cost of a step. */
  readonly costs?: RunCosts
}

const seconds = () => performance.now() / 1000

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * Times training steps on random clips: upload, targets, forward, backward, AdamW, and reading the
 * loss. Drawing clips and masks is not timed: in training it overlaps with the previous step.
 */
export async function benchStep(
  { model: name, config, backend, batch, steps, warmup, profile = false }: BenchStepOptions,
  { onCompile, onInit, onStep }: BenchStepProgress = {},
): Promise<BenchStepResult> {
  const model = pretrainModel(config)
  const rules = defaultMasks(config.system)
  const counts = tokenCounts(model, rules)
  const draw = noiseBatches(model, rules, counts, batch)
  const params = Object.values(model.specs).reduce((n, s) => n + sizeOf(s.shape), 0)

  let start = seconds()
  const plan = pretrainPlan(model, { batch, counts })
  const options = { profile, ...(onCompile && { onProgress: onCompile }) }
  const step = await whileReserved(backend, plan, {}, () =>
    compileTrainStep(backend, plan, options),
  )
  const compileSeconds = seconds() - start
  const state = await initialState(backend, model, 0, { onProgress: onInit })
  const times: number[] = []
  for (let i = 0; i < warmup + steps; i++) {
    const host = draw(i)
    start = seconds()
    const { loss } = step.run({ ...state, batch: host, learningRate: 1e-4, weightDecay: 0.05 })
    await loss.item()
    times.push(seconds() - start)
    onStep?.(i + 1, times.at(-1)!)
  }
  const peakMemoryMiB = process.resourceUsage().maxRSS / 1024
  const rows = await step.profile?.()
  const costs = await step.costs?.()
  await step.dispose()
  const timed = times.slice(warmup)
  const typical = median(timed)
  return {
    peer: "tubelet",
    model: name,
    batch,
    device: backend.device.name,
    dtype: "f32",
    compile: true,
    threads: backend.device.threads ?? availableParallelism(),
    tokens: tokensOf(model.grid),
    ...counts,
    params,
    stepSecondsMedian: typical,
    stepSecondsMin: Math.min(...timed),
    samplesPerSecond: batch / typical,
    peakMemoryMiB,
    compileSeconds,
    firstStepSeconds: times[0],
    gflops: (batch * stepFlops(config, counts)) / Math.min(...timed) / 1e9,
    ...(rows && { rows }),
    ...(rows && costs && { costs }),
  }
}
