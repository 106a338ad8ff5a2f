import type { Backend, HostArray } from "@tubelet/core"
import { classifierModel, pretrainModel, type System, softTargets } from "@tubelet/models"
import { decaysMae, decaysVideo, maeLearningRate } from "@tubelet/train"
import { officialClassifier, officialConfig, officialTarget } from "./config.js"
import { labelledBatch, openFinetuning } from "./finetuning.js"
import { maeBatch, maeKeep } from "./mae.js"
import { openPretraining } from "./pretraining.js"
import type { Arrays, Training, Weights } from "./run.js"
import { type Golden, need, readInputs, readWeights, type VerifySet } from "./set.js"
import { videoBatch } from "./video.js"

interface Course<B> {
  readonly steps: number
  batch(step: number): { readonly arrays: B }
  learningRate(step: number): number
  weightDecay(step: number): number
}

/** Rows (s + i) mod n, i below `size`: how the sets pick the batch of step s. */
function pick(table: Golden, step: number, size: number): HostArray {
  const [count] = table.shape as [number]
  const each = table.data.length / count
  const out = table.data.slice(0, size * each)
  for (let i = 0; i < size; i++) {
    const from = ((step + i) % count) * each
    out.set(table.data.subarray(from, from + each), i * each)
  }
  return out
}

const pickClips = (clips: Golden, step: number, size: number): Uint8Array =>
  pick(clips, step, size) as Uint8Array

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

async function follow<B extends object>(training: Training, course: Course<B>): Promise<Outcome> {
  const [losses, norms]: number[][] = [[], []]
  for (let s = 0; s < course.steps; s++) {
    const batch = { ...course.batch(s).arrays } as Record<string, HostArray>
    const result = await training.run(batch, course.learningRate(s), course.weightDecay(s))
    losses!.push(result.loss)
    norms!.push(result.gradNorm)
  }
  const final = await training.weights()
  await training.dispose()
  return { losses: losses!, norms: norms!, weights: final }
}

const outputsOf = ({ losses, norms, weights }: Outcome, prefix = ""): Arrays => ({
  [`${prefix}loss`]: Float32Array.from(losses),
  [`${prefix}grad_norm`]: Float32Array.from(norms),
  ...Object.fromEntries(Object.entries(weights).map(([name, w]) => [`${prefix}final.${name}`, w])),
})

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
  const inputs = await readInputs(set.files)
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
  const course = {
    steps,
    batch: (s: number) =>
      maeBatch(pickClips(imgs, s, size), rowOf(noise, s).data as Float32Array, size, keep),
    learningRate,
    weightDecay: () => decay,
  }
  const model = pretrainModel(officialConfig("mae", set.config), {
    target: officialTarget(set.config),
  })
  const weights = await readWeights(set.files)
  const options = { ...rates(set), decays: decaysMae }
  const training = await openPretraining(backend, model, weights, course.batch(0), options)
  return {
    ...outputsOf(await follow(training, course)),
    lr: Float32Array.from({ length: steps }, (_, s) => learningRate(s)),
  }
}

/** The weights a trajectory starts from: its own, or those of the set it names. */
function startWeights({ files, meta }: VerifySet): Promise<Weights> {
  const from = meta.init_set as string | undefined
  return readWeights(from === undefined ? files : files.beside(from))
}

/** Everything a `videomae-trajectory-*` set asks for: one run with, one without clipping. */
export async function videoMaeTrajectory(backend: Backend, set: VerifySet): Promise<Arrays> {
  const schedule = set.meta.schedule as { lr_per_step: number[]; wd_per_step: number[] }
  const runs = set.meta.runs as Record<string, { clip_grad: number | null }>
  const inputs = await readInputs(set.files)
  const masks = need(inputs, "masks", "inputs")
  const videos = need(inputs, "videos_u8", "inputs")
  const [steps, size] = masks.shape as [number, number]
  const course = {
    steps,
    batch: (s: number) => videoBatch(pickClips(videos, s, size), rowOf(masks, s).data, size),
    learningRate: (s: number) => schedule.lr_per_step[s]!,
    weightDecay: (s: number) => schedule.wd_per_step[s]!,
  }
  const model = pretrainModel(officialConfig("videomae", set.config), {
    target: officialTarget(set.config),
  })
  const weights = await startWeights(set)
  const found: Arrays = {}
  for (const [run, { clip_grad: clip }] of Object.entries(runs)) {
    const options = { ...rates(set), decays: decaysVideo, ...(clip && { clipGrad: clip }) }
    const training = await openPretraining(backend, model, weights, course.batch(0), options)
    Object.assign(found, outputsOf(await follow(training, course), `${run}.`))
  }
  return found
}

/** Samples of a batch, which a set tells in words: "step s uses clips [(s+i) mod 4, i<2]". */
const batchSize = (set: VerifySet): number =>
  Number(/i\s*<\s*(\d+)/.exec(String(set.meta.batch_rule))?.[1] ?? 2)

/** Everything a `*-finetune-trajectory-*` set asks for. */
export const finetuneTrajectory =
  (system: System) =>
  async (backend: Backend, set: VerifySet): Promise<Arrays> => {
    const schedule = set.meta.schedule as { lr_per_step: number[]; wd_per_step?: number[] }
    const inputs = await readInputs(set.files)
    const clips = inputs.imgs_u8 ?? need(inputs, "videos_u8", "inputs")
    const labels = need(inputs, "labels", "inputs")
    const model = classifierModel(officialClassifier(system, set.config))
    const { classes } = model.config
    const smoothing = (set.meta.label_smoothing as number | undefined) ?? 0.1
    const size = batchSize(set)
    const fixedDecay = ((set.meta.optimizer ?? {}) as Optimizer).weight_decay ?? 0.05
    const course = {
      steps: schedule.lr_per_step.length,
      batch: (s: number) => {
        const rows = softTargets(pick(labels, s, size), { classes, smoothing })
        return labelledBatch(pickClips(clips, s, size), rows, size)
      },
      learningRate: (s: number) => schedule.lr_per_step[s]!,
      weightDecay: (s: number) => schedule.wd_per_step?.[s] ?? fixedDecay,
    }
    const clip = set.meta.clip_grad as number | null | undefined
    const layerDecay = (set.meta.layer_decay as number | undefined) ?? 1
    const options = { ...rates(set), layerDecay, ...(clip && { clipGrad: clip }) }
    const weights = await startWeights(set)
    const training = await openFinetuning(backend, model, weights, course.batch(0), options)
    return outputsOf(await follow(training, course))
  }
