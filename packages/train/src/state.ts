import {
  type Backend,
  bytesOf,
  type DeviceArray,
  disposeAll,
  flatten,
  isSpec,
  mapTree,
  type Spec,
  sizeOf,
  type Tree,
  TubeletError,
  upload,
} from "@tubelet/core"
import type { ParameterSet } from "@tubelet/models"
import { type Moments, momentSpecs } from "./adamw.js"
import { type StepOptions, stateSpecs, trainable } from "./step.js"

type Handles = Readonly<Record<string, DeviceArray>>
type Weights = Readonly<Record<string, Float32Array>>

/** What a run changes, on its device: a step overwrites the handles' content. */
export interface TrainState {
  readonly params: Handles
  readonly moments: Moments<DeviceArray>
  /** A moving average of the trained weights, where the run keeps one. */
  readonly ema?: Handles
}

const freshMoments = (backend: Backend, model: ParameterSet): Moments<DeviceArray> =>
  zeros(backend, momentSpecs(trainable(model, model.specs)))

/** Uploads weights, with moments that start at zero. */
export function freshState(backend: Backend, model: ParameterSet, weights: Weights): TrainState {
  requireWeights(model.specs, weights)
  const params = upload(backend, model.specs, weights) as Handles
  return { params, moments: freshMoments(backend, model) }
}

/**
 * Does `work` while the memory of a run's state is held, where a backend can hold it: what there is
 * no room for is told before weights are drawn.
 */
export async function whileReserved<T>(
  backend: Backend,
  model: ParameterSet,
  options: StepOptions,
  work: () => Promise<T>,
): Promise<T> {
  const specs = flatten<Spec>(stateSpecs(model, options) as unknown as Tree<Spec>, isSpec)
  const held = await backend.reserve?.(specs.reduce((sum, [, spec]) => sum + bytesOf(spec), 0))
  try {
    return await work()
  } finally {
    held?.release()
  }
}

/**
 * Draws weights and uploads them, one by one: the host never holds a second copy of a model.
 * `onProgress` hears how much is drawn, from 0 to 1.
 */
export function initialState(
  backend: Backend,
  model: ParameterSet,
  seed: number,
  onProgress?: (done: number) => void,
): TrainState {
  const all = Object.values(model.specs).reduce((sum, spec) => sum + bytesOf(spec), 0)
  let done = 0
  const drawn = Object.entries(model.specs).map(([name, spec]) => {
    const handle = backend.upload(model.initialWeight(name, seed), spec)
    done += bytesOf(spec)
    onProgress?.(done / all)
    return [name, handle] as const
  })
  return { params: Object.fromEntries(drawn), moments: freshMoments(backend, model) }
}

/** Uploads zeros for a record of specs. */
export const zeros = <T>(backend: Backend, specs: T): Uploaded<T> =>
  mapTree<Spec, DeviceArray>(specs as Tree<Spec>, isSpec, (spec) => {
    return backend.upload(new Float32Array(sizeOf(spec.shape)), spec)
  }) as Uploaded<T>

export type Uploaded<T> = T extends Spec ? DeviceArray : { readonly [K in keyof T]: Uploaded<T[K]> }

/** Moments as a flat record under the names that optimizer.safetensors has. */
export const momentEntries = (moments: Moments<DeviceArray>): Handles => ({
  ...prefixed("first", moments.first),
  ...prefixed("second", moments.second),
  correction1: moments.correction1,
  correction2: moments.correction2,
})

const prefixed = (prefix: string, handles: Handles): Handles =>
  Object.fromEntries(Object.entries(handles).map(([name, h]) => [`${prefix}.${name}`, h]))

/** Reads a stored tensor's elements by its name. */
export type ReadTensor = (name: string, spec: Spec) => Promise<Float32Array>

/** Uploads a stored state, tensor by tensor. */
export async function storedState(
  backend: Backend,
  model: ParameterSet,
  read: { readonly model: ReadTensor; readonly optimizer: ReadTensor },
): Promise<TrainState> {
  const take = async (from: ReadTensor, name: string, spec: Spec) =>
    backend.upload(await from(name, spec), spec)
  const all = async (from: ReadTensor, specs: Readonly<Record<string, Spec>>, prefix = "") => {
    const handles: Record<string, DeviceArray> = {}
    for (const [name, spec] of Object.entries(specs)) {
      handles[name] = await take(from, prefix + name, spec)
    }
    return handles
  }
  const specs = momentSpecs(trainable(model, model.specs))
  return {
    params: await all(read.model, model.specs),
    moments: {
      first: await all(read.optimizer, specs.first, "first."),
      second: await all(read.optimizer, specs.second, "second."),
      correction1: await take(read.optimizer, "correction1", specs.correction1),
      correction2: await take(read.optimizer, "correction2", specs.correction2),
    },
  }
}

/** The state with an average of its weights: the stored one, or begun from them as they are. */
export async function averaged(
  backend: Backend,
  model: ParameterSet,
  state: TrainState,
  read?: ReadTensor,
): Promise<TrainState> {
  const ema: Record<string, DeviceArray> = {}
  for (const [name, weight] of Object.entries(trainable(model, state.params))) {
    ema[name] = backend.upload(read ? await read(name, weight) : await weight.data(), weight)
  }
  return { ...state, ema }
}

/** Frees a state's handles. */
export const disposeState = (state: TrainState): void => disposeAll(state)

/** Throws unless `weights` hold exactly the tensors of `specs`. */
export function requireWeights(specs: Readonly<Record<string, Spec>>, weights: Weights): void {
  const missing = Object.keys(specs).filter((name) => !(name in weights))
  const unexpected = Object.keys(weights).filter((name) => !(name in specs))
  if (missing.length + unexpected.length > 0) {
    const wrong = listed("missing", missing) + listed("unexpected", unexpected)
    throw new TubeletError(
      `these weights do not fit the model: ${wrong}`,
      "give weights of the same system and size",
    )
  }
  for (const [name, { shape }] of Object.entries(specs)) {
    const expected = sizeOf(shape)
    if (weights[name]!.length === expected) continue
    throw new TubeletError(
      `weight "${name}" has ${weights[name]!.length} elements, the model needs [${shape}]`,
      "give weights of the same system and size",
    )
  }
}

const listed = (what: string, names: readonly string[]): string =>
  names.length === 0 ? "" : `${names.length} ${what} (${names.slice(0, 3).join(", ")}...) `
