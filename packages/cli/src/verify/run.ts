import {
  type Backend,
  compile,
  type DeviceArray,
  disposeAll,
  flatten,
  type HostArray,
  isDeviceArray,
  type Tensor,
  type Traced,
  type Tree,
  upload,
  type Values,
} from "@tubelet/core"
import type { ParameterSet } from "@tubelet/models"
import { compileTrainStep, disposeState, initialState, type StepPlan } from "@tubelet/train"

export type Arrays = Record<string, HostArray>
export type Weights = Readonly<Record<string, Float32Array>>

type Params = Readonly<Record<string, Tensor>>

/** Whether pixels are bytes or normalised floats. */
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
  { specs, arrays }: { readonly specs: S; readonly arrays: Values<S> },
  forward: (params: Params, batch: Traced<S>) => Readonly<Record<string, Tensor>>,
): Promise<Arrays> {
  const observed = await compile(backend, ({ params, batch }) => forward(params, batch), {
    specs: { params: model.specs, batch: specs },
    taps: true,
    name: "verify forward",
  })
  const params = upload(backend, model.specs, weights)
  const results: Tree<DeviceArray> = observed.run({ params, batch: arrays })
  const named = flatten<DeviceArray>(results, isDeviceArray).map(
    ([path, handle]) => [path.replace(/^taps\//, ""), handle] as const,
  )
  const found = await taken(Object.fromEntries(named))
  await observed.dispose()
  disposeAll(params)
  return found
}

/** A training step with its state, one batch of the specs `S` at a time. */
export interface Training<S> {
  run(
    batch: Values<S>,
    learningRate: number,
    weightDecay: number,
  ): Promise<{ loss: number; gradNorm: number; grads: Arrays }>
  /** The current values. */
  weights(): Promise<Arrays>
  dispose(): Promise<void>
}

/** Compiles the step that training runs, with its gradients if wanted. */
export async function openTraining<S>(
  backend: Backend,
  plan: StepPlan<S>,
  weights: Weights,
  options: { readonly exposeGrads?: boolean } = {},
): Promise<Training<S>> {
  const step = await compileTrainStep(backend, plan, options)
  const state = await initialState(backend, plan.model, weights, { step: plan.step })
  return {
    async run(batch, learningRate, weightDecay) {
      const { loss, gradNorm, grads } = step.run({ ...state, batch, learningRate, weightDecay })
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
