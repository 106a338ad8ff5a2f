import {
  type Backend,
  compile,
  type DeviceArray,
  type HostArray,
  type Spec,
  spec,
  tapped,
} from "@tubelet/core"
import { type Batch, normalisedPixels, type PretrainModel } from "@tubelet/models"
import { pretrainPlan, type StepOptions } from "@tubelet/train"
import { patchify } from "@tubelet/vit"
import {
  type Arrays,
  observe,
  openTraining,
  pixelType,
  type Training,
  taken,
  type Weights,
} from "./run.js"

/** A batch on the host, with its size. */
export interface HostBatch {
  readonly size: number
  readonly arrays: Batch<HostArray>
}

const counts = ({ size, arrays: { visible, targets } }: HostBatch) => ({
  visible: visible.length / size,
  targets: targets.length / size,
})

/**
 * The tensors inside a forward pass: every tap, and two that training never computes: `patchEmbed`,
 * the embedding of all tokens, and `predictAll`, the head over all tokens of the decoder.
 */
export function observePretraining(
  backend: Backend,
  model: PretrainModel,
  weights: Weights,
  { size, arrays }: HostBatch,
): Promise<Arrays> {
  const specs = model.batchSpecs(size, counts({ size, arrays }), pixelType(arrays.clips))
  const batch = { specs, arrays: { ...arrays } }
  return observe(backend, model, weights, batch, (params, batch) => {
    const loss = model.loss(params, batch)
    const tokens = normalisedPixels(patchify(batch.clips, model.config))
    return {
      loss,
      patchEmbed: model.embed(params, tokens),
      predictAll: model.head(params, tapped("decoded")),
    }
  })
}

/** The step that `pretrain` runs, for batches of the same shape. */
export function openPretraining(
  backend: Backend,
  model: PretrainModel,
  weights: Weights,
  shape: HostBatch,
  { exposeGrads = false, ...step }: StepOptions & { readonly exposeGrads?: boolean } = {},
): Promise<Training<Batch<Spec>>> {
  const plan = pretrainPlan(model, {
    batch: shape.size,
    counts: counts(shape),
    pixels: pixelType(shape.arrays.clips),
    ...step,
  })
  return openTraining(backend, plan, weights, { exposeGrads })
}

/** The target at given tokens of a batch, for any target of the model's system. */
export async function computeTarget(
  backend: Backend,
  model: PretrainModel,
  clips: HostArray,
  index: Int32Array,
  batch: number,
): Promise<HostArray> {
  const { frames, imageSize } = model.config
  const compiled = await compile(backend, (inputs) => ({ target: model.targetOf(inputs) }), {
    specs: {
      clips: spec(pixelType(clips), [batch, frames, imageSize, imageSize, 3]),
      targets: spec("i32", [batch, index.length / batch]),
    },
  })
  const result = compiled.run({ clips, targets: index }) as { target: DeviceArray }
  const { target } = await taken(result)
  await compiled.dispose()
  return target
}
