import { sizeOf } from "@tubelet/core"
import type { TrainStep } from "@tubelet/train"
import type { Task } from "./task.js"

/** Bytes that a run of a task takes, in its main process. */
export interface MemoryForecast {
  /** Weights and AdamW's two moments. */
  readonly state: number
  /** What the compiled step keeps for itself: gradients, and activations for the way back. */
  readonly step: number
  /** All else: the program, its libraries, and the memory that kernels work in. */
  readonly program: number
  readonly total: number
}

export function stateBytes({ model: { specs, frozen } }: Task): number {
  const bytes = ([name, { shape }]: [string, { shape: readonly number[] }]) =>
    4 * sizeOf(shape) * (frozen.includes(name) ? 1 : 3)
  return Object.entries(specs).reduce((n, entry) => n + bytes(entry), 0)
}

/** What a compiled step says that it holds. */
export const stepBytes = (step: Pick<TrainStep<object>, "memory">): number =>
  step.memory().bytesReserved

/** What a run of `task` holds, with a compiled step; `program` is what all else takes. */
export function forecastMemory(
  task: Task,
  step: Pick<TrainStep<object>, "memory">,
  program: number,
): MemoryForecast {
  const [state, held] = [stateBytes(task), stepBytes(step)]
  return { state, step: held, program, total: state + held + program }
}
