import { type Backend, TubeletError } from "@tubelet/core"
import { classifierModel, type System, softTargets } from "@tubelet/models"
import { decaysVideo, finetuneAdamW, layerLrScale } from "@tubelet/train"
import { officialClassifier } from "./config.js"
import { batchOf, openFinetuning } from "./finetuning.js"
import { adamWOf, numberSetting, ratesOf, requireGroups } from "./optimizer.js"
import type { Arrays } from "./run.js"
import { firstOf, need, readInputs, type Tensors, type VerifySet } from "./set.js"
import { followRuns, pick, rowOf, startWeights } from "./trajectory.js"

/** The batch size, from a rule in words: "[(s+i) mod 4, i<2]" or "for i in 0..1". */
function batchSize(set: VerifySet): number {
  const given = numberSetting(set, "batch_size")
  const rule = String(set.meta.batch_rule ?? "")
  const below = /i\s*<\s*(\d+)/.exec(rule)?.[1]
  const last = /i in 0\s*\.\.\s*(\d+)/.exec(rule)?.[1]
  const size = given ?? (below === undefined ? Number(last) + 1 : Number(below))
  if (size > 0) return size
  throw new TubeletError(
    `${set.name} has no batch size`,
    'add batch_rule "step s uses clips [(s+i) mod 4, i<2]" to its meta.json',
  )
}

/** The soft labels at step s, [B, classes]: stored rows, or smoothed labels. */
function targetsOf(set: VerifySet, inputs: Tensors, classes: number, size: number) {
  const soft = inputs.soft_targets ?? inputs.soft_target
  if (soft) {
    const each = (step: number) =>
      soft.shape.length > 2 ? rowOf(soft, step) : pick(soft, step, size)
    return (step: number) => each(step) as Float32Array
  }
  const labels = need(inputs, "labels", "inputs")
  const smoothing = numberSetting(set, "label_smoothing", "smoothing") ?? 0.1
  return (step: number) => softTargets(pick(labels, step, size), { classes, smoothing })
}

function stepsOf({ name, meta, outputs }: VerifySet): number {
  const listed = (meta.schedule as { lr_per_step?: number[] } | undefined)?.lr_per_step
  const losses = Object.entries(outputs).find(([name]) => /(^|\.)loss$/.test(name))
  const steps = listed?.length ?? losses?.[1].data.length
  if (steps !== undefined) return steps
  throw new TubeletError(`${name} has no number of steps`, "add lr_per_step to its meta.json")
}

/** Computes a `*-finetune-trajectory-*` set. */
export const finetuneTrajectory =
  (system: System) =>
  async (backend: Backend, set: VerifySet): Promise<Arrays> => {
    const model = classifierModel(officialClassifier(system, set.config))
    const inputs = await readInputs(set.files)
    const clips = firstOf(inputs, ["imgs_u8", "videos_u8", "imgs", "videos"], "inputs")
    const size = batchSize(set)
    const targets = targetsOf(set, inputs, model.config.classes, size)
    const course = {
      steps: stepsOf(set),
      batch: (s: number) => batchOf(pick(clips, s, size), targets(s), size),
      ...ratesOf(system, set),
    }
    const layerDecay = numberSetting(set, "layer_decay") ?? 1
    const lrScale = layerLrScale(layerDecay, model.config.encoder.depth)
    requireGroups(set, model.specs, { decays: decaysVideo, lrScale })
    const optimizer = finetuneAdamW(model, { layerDecay, ...adamWOf(set) })
    const weights = await startWeights(set)
    return followRuns(set, course, (clip) =>
      openFinetuning(backend, model, weights, course.batch(0), { optimizer, ...clip }),
    )
  }
