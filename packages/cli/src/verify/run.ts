import {
  type Backend,
  compile,
  type DeviceArray,
  disposeAll,
  type HostArray,
  type Spec,
  type Tensor,
  type Tree,
  upload,
} from "@tubelet/core"
import type { ParameterSet } from "@tubelet/models"
import { disposeState, freshState, type TrainStep } from "@tubelet/train"

export type Arrays = Record<string, HostArray>
export type Weights = Readonly<Record<string, Float32Array>>

type Params = Readonly<Record<string, Tensor>>

/** Whether pixels come as bytes or as normalised floats. */
export const pixelType = (clips: HostArray): "u8" | "f32" =>
  clips instanceof Uint8Array ? "u8" : "f32"

async function download(handles: Readonly<Record<string, DeviceArray>>): Promise<Arrays> {
  const entries = Object.entries(handles).map(async ([name, h]) => [name, await h.data()] as const)
  return Object.fromEntries(await Promise.all(entries))
}

/** Downloads results and frees them. */
export async function taken(handles: Readonly<Record<string, DeviceArray>>): Promise<Arrays> {
  const found = await download(handles)
  disposeAll(handles)
  return found
}

/** What `forward` returns and every tap inside it, for one batch. `S` are the batch's specs. */
export async function observe<S>(
  backend: Backend,
  model: ParameterSet,
  weights: Weights,
  { specs, arrays }: { readonly specs: S; readonly arrays: Tree<HostArray> },
  forward: (params: Params, batch: never) => Readonly<Record<string, Tensor>>,
): Promise<Arrays> {
  const observed = await compile(
    backend,
    ({ params, batch }: { params: Params; batch: never }) => forward(params, batch),
    {
      specs: { params: model.specs as Record<string, Spec>, batch: specs } as never,
      taps: true,
      name: "verify forward",
    },
  )
  const params = upload(backend, model.specs as Record<string, Spec>, weights)
  const { taps, ...rest } = observed.run({ params, batch: arrays } as never) as unknown as {
    readonly taps: Record<string, DeviceArray>
    readonly [name: string]: unknown
  }
  const found = await taken({ ...(rest as Record<string, DeviceArray>), ...taps })
  await observed.dispose()
  disposeAll(params)
  return found
}

/** A training step with its state, one batch at a time. */
export interface Training {
  run(
    batch: Tree<HostArray>,
    learningRate: number,
    weightDecay: number,
  ): Promise<{ loss: number; gradNorm: number; grads: Arrays }>
  /** As they are now. */
  weights(): Promise<Arrays>
  dispose(): Promise<void>
}

/** Sets up the very step that training runs. */
export function openTraining<S>(
  backend: Backend,
  model: ParameterSet,
  weights: Weights,
  step: TrainStep<S>,
): Training {
  const state = freshState(backend, model, weights)
  return {
    async run(batch, learningRate, weightDecay) {
      const result = step.run({ ...state, batch, learningRate, weightDecay } as never)
      const { loss, gradNorm, grads } = result as unknown as {
        loss: DeviceArray
        gradNorm: DeviceArray
        grads?: Record<string, DeviceArray>
      }
      const numbers = { loss: await loss.item(), gradNorm: await gradNorm.item() }
      disposeAll({ loss, gradNorm })
      return { ...numbers, grads: grads ? await taken(grads) : {} }
    },
    weights: () => download(state.params),
    async dispose() {
      disposeState(state)
      await step.dispose()
    },
  }
}
