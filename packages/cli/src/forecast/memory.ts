import type { MemoryReport } from "@tubelet/core"
import { type StepPlan, stateBytes } from "@tubelet/train"

/** A compiled step, as far as its memory goes. */
interface Compiled {
  memory(): MemoryReport
}

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

/** What a compiled step says that it holds. */
export const stepBytes = (step: Compiled): number => step.memory().bytesReserved

/** What a run of a step holds, with a compiled step; `program` is what all else takes. */
export function forecastMemory<S>(
  plan: StepPlan<S>,
  step: Compiled,
  program: number,
): MemoryForecast {
  const [state, held] = [stateBytes(plan), stepBytes(step)]
  return { state, step: held, program, total: state + held + program }
}
