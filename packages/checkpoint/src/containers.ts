import { TubeletError } from "@tubelet/core"
import { NumpyArray } from "./pickle/numpy.js"
import { StoredTensor } from "./pth/globals.js"
import type { TensorSource } from "./tensor.js"

/** The weights within what `torch.save` wrote, and what else was there. */
export interface Weights {
  /** The keys that lead to them: `["model"]`, `["module"]`, or none. */
  readonly container: readonly string[]
  readonly tensors: ReadonlyMap<string, TensorSource>
  /** Everything beside the weights, such as `epoch` and `args`, as plain data. */
  readonly others: ReadonlyMap<unknown, unknown>
}

/**
 * Where the originals and their like keep a state dict: `model` after DDP and AMP, `module` after
 * DeepSpeed, `state_dict` in timm and OpenMMLab. In this order, as their loaders look.
 */
const containers = ["model", "module", "state_dict", "model_state_dict"]

const isNamedTensor = (entry: [unknown, unknown]): entry is [string, TensorSource] =>
  typeof entry[0] === "string" &&
  (entry[1] instanceof StoredTensor || entry[1] instanceof NumpyArray)

/** Finds the weights in a checkpoint's object; `file` is what errors call it. */
export function findWeights(root: unknown, file: string): Weights {
  const container: string[] = []
  let others: ReadonlyMap<unknown, unknown> = new Map()
  let at = root
  // Four deep at most: a dictionary may hold itself.
  for (let depth = 0; depth < 4 && at instanceof Map; depth++) {
    const map: Map<unknown, unknown> = at
    const key = containers.find((name) => map.get(name) instanceof Map)
    if (key === undefined) {
      const tensors = [...map].filter(isNamedTensor)
      if (tensors.length > 0) return { container, tensors: new Map(tensors), others }
      break
    }
    others = new Map([...map, ...others].filter(([name]) => name !== key))
    container.push(key)
    at = map.get(key)
  }
  throw noWeights(root, file)
}

function noWeights(root: unknown, file: string): TubeletError {
  const keys = root instanceof Map ? [...root.keys()].slice(0, 8).map(String).join(", ") : ""
  const holds = keys ? `a dictionary of ${keys.slice(0, 200)}` : "no dictionary of tensors"
  return new TubeletError(
    `${file} holds no weights that were found: it is ${holds}`,
    'load it in PyTorch and save {"model": model.state_dict()}',
  )
}
