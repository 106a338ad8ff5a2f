import {
  type Backend,
  compile,
  type DeviceArray,
  type HostArray,
  type Spec,
  spec,
  type Tensor,
  tapped,
  upload,
} from "@tubelet/core"
import { type Batch, normalisedPixels, type PretrainModel } from "@tubelet/models"
import {
  compilePretrainStep,
  momentSpecs,
  type StepOptions,
  trainable,
  zeros,
} from "@tubelet/train"
import { patchify } from "@tubelet/vit"

export type Arrays = Record<string, HostArray>
type Weights = Readonly<Record<string, Float32Array>>

/** A batch on the host, with its sizes. */
export interface HostBatch {
  readonly size: number
  readonly arrays: Batch<HostArray>
}

const counts = (batch: HostBatch) => ({
  visible: batch.arrays.visible.length / batch.size,
  targets: batch.arrays.targets.length / batch.size,
})

const pixelType = (batch: HostBatch) => (batch.arrays.clips instanceof Uint8Array ? "u8" : "f32")

async function download(handles: Readonly<Record<string, DeviceArray>>): Promise<Arrays> {
  const entries = Object.entries(handles).map(async ([name, h]) => [name, await h.data()] as const)
  return Object.fromEntries(await Promise.all(entries))
}

export const uploadWeights = (backend: Backend, model: PretrainModel, weights: Weights) =>
  upload(backend, model.specs, weights)

/**
 * The tensors inside a forward pass: every tap, and `patchEmbed` and `predictAll`, which training
 * never computes: the embedding of all tokens, and the head over all of the decoder's.
 */
export async function observe(
  backend: Backend,
  model: PretrainModel,
  weights: Weights,
  batch: HostBatch,
): Promise<Arrays> {
  const observed = await compile(
    backend,
    ({ params, batch }: { params: Record<string, Tensor>; batch: Batch }) => {
      const loss = model.loss(params, batch)
      const tokens = normalisedPixels(patchify(batch.clips, model.config))
      return {
        loss,
        patchEmbed: model.embed(params, tokens),
        predictAll: model.head(params, tapped("decoded")),
      }
    },
    {
      specs: {
        params: model.specs as Record<string, Spec>,
        batch: model.batchSpecs(batch.size, counts(batch), pixelType(batch)),
      },
      taps: true,
      name: "verify forward",
    },
  )
  const params = uploadWeights(backend, model, weights)
  const { taps, ...rest } = observed.run({ params, batch: batch.arrays } as never) as unknown as {
    readonly taps: Record<string, DeviceArray>
    readonly [name: string]: unknown
  }
  const arrays = await download({ ...(rest as Record<string, DeviceArray>), ...taps })
  await observed.dispose()
  for (const handle of Object.values(params)) handle.dispose()
  return arrays
}

export interface StepResult {
  readonly loss: number
  readonly gradNorm: number
}

/** The step that `pretrain` runs, with its state, one batch at a time. */
export async function openTraining(
  backend: Backend,
  model: PretrainModel,
  weights: Weights,
  shape: HostBatch,
  options: StepOptions & { exposeGrads?: boolean } = {},
) {
  const step = await compilePretrainStep(backend, model, {
    batch: shape.size,
    counts: counts(shape),
    pixels: pixelType(shape),
    ...options,
  })
  const params = uploadWeights(backend, model, weights)
  const specs = momentSpecs(trainable(model, model.specs))
  const moments = zeros(backend, specs)
  return {
    async run(batch: HostBatch, learningRate: number, weightDecay: number) {
      const rates = { learningRate, weightDecay }
      const result = step.run({ params, moments, batch: batch.arrays, ...rates } as never)
      const { loss, gradNorm, grads } = result as unknown as {
        loss: DeviceArray
        gradNorm: DeviceArray
        grads?: Record<string, DeviceArray>
      }
      const numbers: StepResult = { loss: await loss.item(), gradNorm: await gradNorm.item() }
      return { ...numbers, grads: grads ? await download(grads) : {} }
    },
    weights: () => download(params),
    dispose: () => step.dispose(),
  }
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
  const dtype = clips instanceof Uint8Array ? "u8" : "f32"
  const compiled = await compile(
    backend,
    (inputs: { clips: Tensor; targets: Tensor }) => ({ target: model.targetOf(inputs) }),
    {
      specs: {
        clips: spec(dtype, [batch, frames, imageSize, imageSize, 3]),
        targets: spec("i32", [batch, index.length / batch]),
      },
    },
  )
  const { target } = compiled.run({ clips, targets: index } as never) as { target: DeviceArray }
  const data = await target.data()
  await compiled.dispose()
  return data
}
