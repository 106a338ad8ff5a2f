import type { MemoryReport } from "@tubelet/core"
import { type StepPlan, stateBytes } from "@tubelet/train"

/** The memory of a compiled step. */
interface Compiled {
  memory(): MemoryReport
}

/** Bytes that a run takes in its main process. */
export interface MemoryForecast {
  /** Weights and AdamW's two moments. */
  readonly state: number
  /** What the compiled step reserves: gradients, and activations for the backward pass. */
  readonly step: number
  /** The rest: the program, its libraries, and the working memory of kernels. */
  readonly program: number
  readonly total: number
}

/** The bytes that a compiled step reserves. */
export const stepBytes = (step: Compiled): number => step.memory().bytesReserved

/** The memory of a run with a compiled step; `program` is everything else. */
export function forecastMemory<S>(
  plan: StepPlan<S>,
  step: Compiled,
  program: number,
): MemoryForecast {
  const [state, held] = [stateBytes(plan), stepBytes(step)]
  return { state, step: held, program, total: state + held + program }
}
