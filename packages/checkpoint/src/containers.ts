import { TubeletError } from "@tubelet/core"
import { type Choice, choose, type Place } from "./candidates.js"
import { modelsIn } from "./names/models.js"
import { NumpyArray } from "./pickle/numpy.js"
import { StoredTensor } from "./pth/globals.js"
import type { TensorSource } from "./tensor.js"

/** A model's weights in an object from `torch.save`, and everything else in that object. */
export interface Weights extends Place {
  /** All tensors of its state dict. */
  readonly tensors: ReadonlyMap<string, TensorSource>
  /** Everything else in the file, such as `epoch` and `args`, as plain data. */
  readonly others: ReadonlyMap<unknown, unknown>
}

type Dictionary = ReadonlyMap<unknown, unknown>

const isNamedTensor = (entry: [unknown, unknown]): entry is [string, TensorSource] =>
  typeof entry[0] === "string" &&
  (entry[1] instanceof StoredTensor || entry[1] instanceof NumpyArray)

interface StateDict {
  readonly tensors: ReadonlyMap<string, TensorSource>
  /** The dictionaries that lead to it, each with the key that was followed. */
  readonly way: readonly (readonly [within: Dictionary, key: string])[]
  readonly models: readonly string[]
}

/** Limits on the depth of dictionaries and on the number of state dicts. */
const [deepest, most] = [4, 100]

/** Optimizer state uses the model's tensor names too. */
const isOptimizer = (key: string): boolean => /optim|sched|scaler|grad/i.test(key)

/** All dictionaries that contain tensors, under any key; each once, as one may contain itself. */
function stateDicts(root: unknown): StateDict[] {
  const seen = new Set<unknown>()
  const found: StateDict[] = []
  const visit = (at: unknown, way: StateDict["way"]): void => {
    if (!(at instanceof Map) || seen.has(at) || found.length === most) return
    seen.add(at)
    const tensors = new Map([...(at as Dictionary)].filter(isNamedTensor))
    if (tensors.size > 0) found.push({ tensors, way, models: modelsIn([...tensors.keys()]) })
    if (way.length === deepest) return
    for (const [key, value] of at as Dictionary) {
      if (typeof key === "string" && !isOptimizer(key)) visit(value, [...way, [at, key]])
    }
  }
  visit(root, [])
  return found
}

/** Everything next to a state dict. Of equal names, the one nearer the root wins. */
const besides = (way: StateDict["way"]): Map<unknown, unknown> =>
  new Map(
    [...way].reverse().flatMap(([within, key]) => [...within].filter(([name]) => name !== key)),
  )

/** All tensors of a shard, which is one state dict. */
export function shardTensors(root: unknown, file: string): ReadonlyMap<string, TensorSource> {
  const [first] = stateDicts(root)
  if (!first) throw noWeights(root, file)
  return first.tensors
}

/** Finds the weights in a checkpoint's object. `key` selects a model; errors name `file`. */
export function findWeights(root: unknown, file: string, key?: string): Choice<Weights> {
  const dicts = stateDicts(root)
  const known = dicts.some(({ models }) => models.length > 0)
  // Without a known model, the weights are used as they are.
  const places = dicts.flatMap(({ tensors, way, models }) => {
    const container = way.map(([, key]) => key)
    return (known ? models : [""]).map((prefix) => ({ container, prefix, tensors, way }))
  })
  if (places.length === 0) throw noWeights(root, file)
  const { place, alternatives } = choose(places, key, file)
  const { way, ...weights } = place
  return { place: { ...weights, others: besides(way) }, alternatives }
}

function noWeights(root: unknown, file: string): TubeletError {
  const keys = root instanceof Map ? [...root.keys()].slice(0, 8).map(String).join(", ") : ""
  const holds = keys ? `a dictionary with ${keys.slice(0, 200)}` : "not a dictionary of tensors"
  return new TubeletError(
    `no weights found in ${file}: it is ${holds}`,
    'load it in PyTorch and save {"model": model.state_dict()}',
  )
}
