import { type Backend, peakBytes, sizeOf } from "@tubelet/core"
import type { Task } from "./task.js"

/** Bytes that a run of a task takes, in its main process. */
export interface MemoryForecast {
  /** Weights and AdamW's two moments. */
  readonly state: number
  /** Gradients, activations and all else that one step needs beside the state. */
  readonly step: number
  /** The program itself, with its libraries. */
  readonly program: number
  readonly total: number
}

/**
 * Compiles the very step of the run, without giving it any state, and asks what it will hold:
 * what the compiled step says of its buffers, or if that is more, the most that is alive at once
 * when its graph runs in order.
 */
export async function forecastMemory(backend: Backend, task: Task): Promise<MemoryForecast> {
  const step = await task.compile(backend)
  const { specs, frozen } = task.model
  const bytes = (names: readonly string[]) =>
    names.reduce((n, name) => n + 4 * sizeOf(specs[name]!.shape), 0)
  const names = Object.keys(specs)
  const state = bytes(names) + 2 * bytes(names.filter((name) => !frozen.includes(name)))
  const held = Math.max(step.memory().bytesReserved, peakBytes(step.graph) - state)
  await step.dispose()
  const program = process.memoryUsage().rss
  return { state, step: held, program, total: state + held + program }
}
