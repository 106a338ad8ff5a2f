import {
  type Backend,
  bytesOf,
  type DeviceArray,
  disposeAll,
  flatten,
  isDeviceArray,
  isSpec,
  type Spec,
} from "@tubelet/core"
import type { ParameterSet } from "@tubelet/models"
import type { Named } from "../step/named.js"
import type { OptimizerSpecs } from "../step/optimizer.js"
import { type StepOptions, type StepState, stateSpecs } from "../step/plan.js"
import { sumSpecs } from "../step/sums.js"
import { allOrNothing, type Uploaded, uploadedBy, zerosOf } from "./upload.js"
import { requireSize, requireWeights } from "./weights.js"

/** The state of a run on its device: each step overwrites the handles' contents. */
export type TrainState = StepState<DeviceArray, Uploaded<OptimizerSpecs>>

/** Reads a tensor's elements by its name. */
export type ReadTensor = (name: string, spec: Spec) => Float32Array | Promise<Float32Array>

/** Where weights come from: a seed to draw them with, arrays, or a reader that streams them. */
export type Init = number | Named<Float32Array> | ReadTensor

export interface InitialStateOptions {
  /** The step that uses the state. Default: AdamW without a moving average. */
  readonly step?: StepOptions
  /** Called with the fraction of the weights uploaded. */
  readonly onProgress?: ((done: number) => void) | undefined
}

/**
 * A new state: weights from `init`, an optimizer before its first step. Tensors are uploaded one by
 * one, so that the host never holds a second copy of a model.
 */
export function initialState(
  backend: Backend,
  model: ParameterSet,
  init: Init,
  options: InitialStateOptions = {},
): Promise<TrainState> {
  return readState(backend, model, { model: readerOf(model, init) }, options)
}

/** A reader of the tensors of `init`; arrays are checked at once. */
export function readerOf(model: ParameterSet, init: Init): ReadTensor {
  if (typeof init === "number") return (name) => model.initialWeight(name, init)
  if (typeof init === "function") return init
  requireWeights(model.specs, init)
  return (name) => init[name]
}

/** A stored state. Without a reader, moments start at 0 and averages at the weights. */
export interface StateReaders {
  readonly model: ReadTensor
  readonly optimizer?: ReadTensor
  readonly ema?: ReadTensor
}

/** Uploads a state, tensor by tensor. */
export function readState(
  backend: Backend,
  model: ParameterSet,
  read: StateReaders,
  { step = {}, onProgress }: InitialStateOptions = {},
): Promise<TrainState> {
  const specs = stateSpecs(model, step)
  const progress = progressOver(specs.params, onProgress)
  return allOrNothing(backend, async (uploads) => {
    const params = await uploadedBy(uploads, specs.params, async (name, spec) => {
      const weight = await read.model(name, spec)
      requireSize(name, spec, weight)
      progress(spec)
      return weight
    })
    const { optimizer: readOptimizer, ema: readEma = copied(params) } = read
    const optimizer = readOptimizer
      ? await uploadedBy(uploads, specs.optimizer, (path, spec) =>
          readOptimizer(storedName(path), spec),
        )
      : zerosOf(uploads, specs.optimizer)
    if (!specs.ema) return { params, optimizer }
    return { params, optimizer, ema: await uploadedBy(uploads, specs.ema, readEma) }
  })
}

const copied =
  (params: Named<DeviceArray>): ReadTensor =>
  async (name) =>
    (await params[name].data()) as Float32Array

function progressOver(specs: Named<Spec>, onProgress: InitialStateOptions["onProgress"]) {
  const all = Object.values(specs).reduce((sum, spec) => sum + bytesOf(spec), 0)
  let done = 0
  return (spec: Spec) => {
    done += bytesOf(spec)
    onProgress?.(done / all)
  }
}

/** The optimizer's state under its names in optimizer.safetensors: `first.NAME`. */
export const optimizerEntries = ({ optimizer }: TrainState): Named<DeviceArray> =>
  Object.fromEntries(
    flatten<DeviceArray>(optimizer, isDeviceArray).map(([path, handle]) => [
      storedName(path),
      handle,
    ]),
  )

const storedName = (path: string): string => path.replace("/", ".")

/** Frees a state's handles. */
export const disposeState = (state: TrainState): void => disposeAll(state)

/** Bytes of a run's state: weights, optimizer, average, and the sums over micro-batches. */
export function stateBytes(
  { model, step }: { readonly model: ParameterSet; readonly step: StepOptions },
  { accumulate = 1 }: { readonly accumulate?: number } = {},
): number {
  const kept = { ...stateSpecs(model, step), ...(accumulate > 1 && { sums: sumSpecs(model) }) }
  return flatten<Spec>(kept, isSpec).reduce((sum, [, spec]) => sum + bytesOf(spec), 0)
}

/**
 * Runs `work` while memory for a run's state is reserved, if the backend can reserve it: a model
 * that does not fit is rejected before its weights are drawn.
 */
export async function whileReserved<T>(
  backend: Backend,
  plan: { readonly model: ParameterSet; readonly step: StepOptions },
  options: { readonly accumulate?: number },
  work: () => Promise<T>,
): Promise<T> {
  const held = await backend.reserve?.(stateBytes(plan, options))
  try {
    return await work()
  } finally {
    held?.release()
  }
}
