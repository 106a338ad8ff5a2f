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
} from "@tubelet/core"
import type { ParameterSet } from "@tubelet/models"
import { accumulatedSpecs } from "./accumulated-step.js"
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

type Uploads = Pick<Backend, "upload">

/** Does `work` with what uploads to a backend; where it fails, all that was uploaded is freed. */
function allOrNothing<T>(backend: Backend, work: (uploads: Uploads) => T): T {
  const handles: DeviceArray[] = []
  const fail = (error: unknown): never => {
    for (const handle of handles) handle.dispose()
    throw error
  }
  const upload: Backend["upload"] = (...given) => {
    const handle = backend.upload(...given)
    handles.push(handle)
    return handle
  }
  try {
    const done = work({ upload })
    return done instanceof Promise ? (done.catch(fail) as T) : done
  } catch (error) {
    return fail(error)
  }
}

const zeroMoments = (uploads: Uploads, model: ParameterSet): Moments<DeviceArray> =>
  zerosOf(uploads, momentSpecs(trainable(model, model.specs)))

/** Uploads weights, with moments that start at zero. */
export function freshState(backend: Backend, model: ParameterSet, weights: Weights): TrainState {
  requireWeights(model.specs, weights)
  return allOrNothing(backend, (uploads) => {
    const entries = Object.entries(model.specs)
    const params = entries.map(([name, spec]) => [name, uploads.upload(weights[name], spec)])
    return { params: Object.fromEntries(params), moments: zeroMoments(uploads, model) }
  })
}

/**
 * Does `work` while the memory of a run's state is held, where a backend can hold it: what there is
 * no room for is told before weights are drawn.
 */
export async function whileReserved<T>(
  backend: Backend,
  model: ParameterSet,
  options: StepOptions & { readonly accumulate?: number },
  work: () => Promise<T>,
): Promise<T> {
  const sums = (options.accumulate ?? 1) > 1 ? { sums: accumulatedSpecs(model) } : {}
  const kept = { ...stateSpecs(model, options), ...sums }
  const specs = flatten<Spec>(kept as unknown as Tree<Spec>, isSpec)
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
  return allOrNothing(backend, (uploads) => {
    const drawn = Object.entries(model.specs).map(([name, spec]) => {
      const handle = uploads.upload(model.initialWeight(name, seed), spec)
      done += bytesOf(spec)
      onProgress?.(done / all)
      return [name, handle] as const
    })
    return { params: Object.fromEntries(drawn), moments: zeroMoments(uploads, model) }
  })
}

/** Uploads zeros for a record of specs. */
export const zeros = <T>(backend: Backend, specs: T): Uploaded<T> =>
  allOrNothing(backend, (uploads) => zerosOf(uploads, specs))

const zerosOf = <T>(uploads: Uploads, specs: T): Uploaded<T> =>
  mapTree<Spec, DeviceArray>(specs as Tree<Spec>, isSpec, (spec) => {
    return uploads.upload(new Float32Array(sizeOf(spec.shape)), spec)
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
export function storedState(
  backend: Backend,
  model: ParameterSet,
  read: { readonly model: ReadTensor; readonly optimizer: ReadTensor },
): Promise<TrainState> {
  const specs = momentSpecs(trainable(model, model.specs))
  return allOrNothing(backend, async (uploads) => {
    const take = async (from: ReadTensor, name: string, spec: Spec) =>
      uploads.upload(await from(name, spec), spec)
    const all = async (from: ReadTensor, specs: Readonly<Record<string, Spec>>, prefix = "") => {
      const handles: Record<string, DeviceArray> = {}
      for (const [name, spec] of Object.entries(specs)) {
        handles[name] = await take(from, prefix + name, spec)
      }
      return handles
    }
    return {
      params: await all(read.model, model.specs),
      moments: {
        first: await all(read.optimizer, specs.first, "first."),
        second: await all(read.optimizer, specs.second, "second."),
        correction1: await take(read.optimizer, "correction1", specs.correction1),
        correction2: await take(read.optimizer, "correction2", specs.correction2),
      },
    }
  })
}

/** The state with an average of its weights: the stored one, or begun from them as they are. */
export function averaged(
  backend: Backend,
  model: ParameterSet,
  state: TrainState,
  read?: ReadTensor,
): Promise<TrainState> {
  return allOrNothing(backend, async (uploads) => {
    const ema: Record<string, DeviceArray> = {}
    for (const [name, weight] of Object.entries(trainable(model, state.params))) {
      ema[name] = uploads.upload(read ? await read(name, weight) : await weight.data(), weight)
    }
    return { ...state, ema }
  })
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
    if (weights[name].length === expected) continue
    throw new TubeletError(
      `weight "${name}" has ${weights[name].length} elements, the model needs [${shape}]`,
      "give weights of the same system and size",
    )
  }
}

const listed = (what: string, names: readonly string[]): string =>
  names.length === 0 ? "" : `${names.length} ${what} (${names.slice(0, 3).join(", ")}...) `
