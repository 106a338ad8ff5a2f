import { join } from "node:path"
import type { Backend } from "@tubelet/core"
import { pretrainModel, targetNamed } from "@tubelet/models"
import { decaysMae, decaysVideo, maeLearningRate } from "@tubelet/train"
import { officialConfig } from "./config.js"
import { maeBatch, maeKeep } from "./mae.js"
import { type Arrays, type HostBatch, openTraining } from "./run.js"
import { besides, type Golden, need, readTensors, type Tensors, type VerifySet } from "./set.js"
import { videoBatch } from "./video.js"
import { floatsOf } from "./weights.js"

interface Course {
  readonly steps: number
  batch(step: number): HostBatch
  learningRate(step: number): number
  weightDecay(step: number): number
}

/** Clips (s + i) mod n, i below `size`: how the sets pick the batch of step s. */
function pick(clips: Golden, step: number, size: number): Uint8Array {
  const [count] = clips.shape as [number]
  const each = clips.data.length / count
  const out = new Uint8Array(size * each)
  for (let i = 0; i < size; i++) {
    const from = ((step + i) % count) * each
    out.set((clips.data as Uint8Array).subarray(from, from + each), i * each)
  }
  return out
}

const rowOf = (table: Golden, step: number): { data: Golden["data"]; rows: number } => {
  const [steps, rows] = table.shape as [number, number]
  const each = table.data.length / steps
  return { data: table.data.slice(step * each, (step + 1) * each), rows }
}

interface Outcome {
  losses: number[]
  norms: number[]
  weights: Arrays
}

async function follow(
  backend: Backend,
  model: ReturnType<typeof pretrainModel>,
  weights: Record<string, Float32Array>,
  course: Course,
  options: { clipGrad?: number; decays: (name: string, shape: readonly number[]) => boolean },
): Promise<Outcome> {
  const training = await openTraining(backend, model, weights, course.batch(0), options)
  const [losses, norms]: number[][] = [[], []]
  for (let s = 0; s < course.steps; s++) {
    const batch = course.batch(s)
    const result = await training.run(batch, course.learningRate(s), course.weightDecay(s))
    losses!.push(result.loss)
    norms!.push(result.gradNorm)
  }
  const final = await training.weights()
  await training.dispose()
  return { losses: losses!, norms: norms!, weights: final }
}

const finalNames = (weights: Arrays, prefix: string): Arrays =>
  Object.fromEntries(Object.entries(weights).map(([name, w]) => [`${prefix}final.${name}`, w]))

interface Optimizer {
  readonly betas?: [number, number]
  readonly eps?: number
  readonly weight_decay?: number
}

const rates = (set: VerifySet) => {
  const { betas, eps } = (set.meta.optimizer ?? {}) as Optimizer
  return { ...(betas && { betas }), ...(eps !== undefined && { eps }) }
}

/** Everything a `mae-trajectory-*` set asks for. */
export async function maeTrajectory(backend: Backend, set: VerifySet): Promise<Arrays> {
  const schedule = set.meta.schedule as Record<string, number>
  const inputs = await readTensors(join(set.folder, "inputs.safetensors"))
  const noise = need(inputs, "noise", "inputs")
  const imgs = need(inputs, "imgs_u8", "inputs")
  const [steps, size, tokens] = noise.shape as [number, number, number]
  const keep = maeKeep(tokens, set.config.mask_ratio as number)
  const learningRate = (step: number) =>
    maeLearningRate(step / schedule.steps_per_epoch!, {
      base: schedule.lr!,
      min: schedule.min_lr!,
      warmupEpochs: schedule.warmup_epochs!,
      epochs: schedule.epochs!,
    })
  const decay = ((set.meta.optimizer ?? {}) as Optimizer).weight_decay ?? 0.05
  const course: Course = {
    steps,
    batch: (s) => maeBatch(pick(imgs, s, size), rowOf(noise, s).data as Float32Array, size, keep),
    learningRate,
    weightDecay: () => decay,
  }
  const model = pretrainModel(officialConfig("mae", set.config), {
    target: targetNamed("normalised"),
  })
  const weights = floatsOf(await readTensors(join(set.folder, "weights.safetensors")))
  const options = { ...rates(set), decays: decaysMae }
  const { losses, norms, weights: final } = await follow(backend, model, weights, course, options)
  return {
    loss: Float32Array.from(losses),
    grad_norm: Float32Array.from(norms),
    lr: Float32Array.from({ length: steps }, (_, s) => learningRate(s)),
    ...finalNames(final, ""),
  }
}

/** The weights a trajectory starts from: its own, or those of the set it names. */
async function startWeights(set: VerifySet): Promise<Tensors> {
  const from = (set.meta.init_set as string | undefined) ?? set.name
  return readTensors(join(besides(set, from), "weights.safetensors"))
}

/** Everything a `videomae-trajectory-*` set asks for: one run with, one without clipping. */
export async function videoMaeTrajectory(backend: Backend, set: VerifySet): Promise<Arrays> {
  const schedule = set.meta.schedule as { lr_per_step: number[]; wd_per_step: number[] }
  const runs = set.meta.runs as Record<string, { clip_grad: number | null }>
  const inputs = await readTensors(join(set.folder, "inputs.safetensors"))
  const masks = need(inputs, "masks", "inputs")
  const videos = need(inputs, "videos_u8", "inputs")
  const [steps, size] = masks.shape as [number, number]
  const course: Course = {
    steps,
    batch: (s) => videoBatch(pick(videos, s, size), rowOf(masks, s).data, size),
    learningRate: (s) => schedule.lr_per_step[s]!,
    weightDecay: (s) => schedule.wd_per_step[s]!,
  }
  const model = pretrainModel(officialConfig("videomae", set.config))
  const weights = floatsOf(await startWeights(set))
  const found: Arrays = {}
  for (const [run, { clip_grad: clip }] of Object.entries(runs)) {
    const options = { ...rates(set), decays: decaysVideo, ...(clip && { clipGrad: clip }) }
    const outcome = await follow(backend, model, weights, course, options)
    found[`${run}.loss`] = Float32Array.from(outcome.losses)
    found[`${run}.grad_norm`] = Float32Array.from(outcome.norms)
    Object.assign(found, finalNames(outcome.weights, `${run}.`))
  }
  return found
}
