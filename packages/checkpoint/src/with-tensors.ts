import type { Checkpoint } from "./open/checkpoint.js"
import type { TensorSources } from "./tensor.js"
import { tensorFile } from "./tensor-file.js"

/** A view of a checkpoint in which some tensors are replaced. */
export function withTensors(file: Checkpoint, others: TensorSources): Checkpoint {
  const tensors = new Map([...file.tensors].map(([name, own]) => [name, others[name] ?? own]))
  return { ...file, ...tensorFile(file.path, tensors, () => file.close()) }
}
