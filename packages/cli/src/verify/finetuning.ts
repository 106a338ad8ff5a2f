import { type Backend, type HostArray, type Spec, sizeOf } from "@tubelet/core"
import {
  type ClassifierModel,
  classifierModel,
  type LabelledBatch,
  type System,
  softTargets,
} from "@tubelet/models"
import { finetunePlan, type StepOptions } from "@tubelet/train"
import { officialClassifier } from "./config.js"
import { coloursLast } from "./layout.js"
import {
  type Arrays,
  observe,
  openTraining,
  pixelType,
  type Training,
  type Weights,
} from "./run.js"
import { need, readInputs, readWeights, type Tensors, type VerifySet } from "./set.js"

/** A labelled batch on the host, with its size. */
export interface LabelledHostBatch {
  readonly size: number
  readonly arrays: LabelledBatch<HostArray>
}

export const batchOf = (
  clips: HostArray,
  labels: Float32Array,
  size: number,
): LabelledHostBatch => ({
  size,
  arrays: { clips: coloursLast(clips, size), labels, weight: new Float32Array(size).fill(1) },
})

/** The clips of a set, pictures or videos, with their count. */
export function clipsOf(inputs: Tensors): { clips: Float32Array; size: number } {
  const found = inputs.imgs ?? need(inputs, "videos", "inputs")
  return { clips: found.data as Float32Array, size: found.shape[0] }
}

/** The step that fine-tuning runs, for batches of the same shape. */
export function openFinetuning(
  backend: Backend,
  model: ClassifierModel,
  weights: Weights,
  { size, arrays }: LabelledHostBatch,
  { exposeGrads = false, ...step }: StepOptions & { readonly exposeGrads?: boolean } = {},
): Promise<Training<LabelledBatch<Spec>>> {
  const plan = finetunePlan(model, { batch: size, pixels: pixelType(arrays.clips), ...step })
  return openTraining(backend, plan, weights, { exposeGrads })
}

/** The tensors inside a classifier's forward pass, under the authors' names. */
export async function observeClassifier(
  backend: Backend,
  model: ClassifierModel,
  weights: Weights,
  { size, arrays }: LabelledHostBatch,
): Promise<Arrays> {
  const specs = model.batchSpecs(size, pixelType(arrays.clips))
  const batch = { specs, arrays: { ...arrays } }
  const taps = await observe(backend, model, weights, batch, (params, batch) => ({
    loss: model.loss(params, batch),
    patch_embed: model.embed(params, batch.clips),
  }))
  return Object.fromEntries(
    Object.entries(taps).map(([name, data]) => [name.replace("encoder_block.", "block."), data]),
  )
}

/** The soft labels of a loss that a set names. */
function targetOf(loss: string, inputs: Tensors, classes: number): Float32Array {
  if (loss === "soft_target") return need(inputs, "soft_target", "inputs").data as Float32Array
  const smoothing = Number(/^label_smoothing_(.+)$/.exec(loss)?.[1] ?? 0)
  return softTargets(need(inputs, "labels", "inputs").data, { classes, smoothing })
}

/** Computes a `*-finetune-*` set. */
export const finetune =
  (system: System) =>
  async (backend: Backend, set: VerifySet): Promise<Arrays> => {
    const model = classifierModel(officialClassifier(system, set.config))
    const weights = await readWeights(set.files)
    const inputs = await readInputs(set.files)
    const { clips, size } = clipsOf(inputs)
    const losses = Object.keys(set.outputs).filter((name) => name.startsWith("loss."))
    const batchFor = (loss: string) =>
      batchOf(clips, targetOf(loss.slice(5), inputs, model.config.classes), size)

    const differentiated = (set.meta.gradient_of as string | undefined) ?? "loss.soft_target"
    const shape = batchFor(differentiated)
    const training = await openFinetuning(backend, model, weights, shape, { exposeGrads: true })
    // The authors detach it: it has no gradient.
    const found: Arrays = Object.fromEntries(
      model.frozen.map((name) => [
        `grad.${name}`,
        new Float32Array(sizeOf(model.specs[name].shape)),
      ]),
    )
    for (const name of new Set([differentiated, ...losses])) {
      const { loss, grads } = await training.run({ ...batchFor(name).arrays }, 0, 0)
      found[name] = Float32Array.of(loss)
      if (name !== differentiated) continue
      for (const [parameter, g] of Object.entries(grads)) found[`grad.${parameter}`] = g
    }
    await training.dispose()
    return { ...(await observeClassifier(backend, model, weights, shape)), ...found }
  }
