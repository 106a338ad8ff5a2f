import { TubeletError } from "@tubelet/core"
import { MediaError } from "../decode/errors.js"
import { MachineError, machineError } from "../decode/machine.js"

/** Why a worker could not run a task, as plain data for its parent. */
export interface Refusal {
  readonly error: "machine" | "media" | "tubelet" | "other"
  readonly problem: string
  readonly advice?: string | undefined
  /** The file that a media error names. */
  readonly path?: string
}

export function refusal(cause: unknown): Refusal {
  const error = machineError(cause) ?? cause
  if (!(error instanceof TubeletError)) {
    return { error: "other", problem: (error as Error).message }
  }
  const { problem, advice } = error
  if (error instanceof MachineError) return { error: "machine", problem, advice }
  if (!(error instanceof MediaError)) return { error: "tubelet", problem, advice }
  const { path } = error
  return { error: "media", path, problem: problem.slice(`${path}: `.length), advice }
}

/** The error that a refusal was made of. */
export function refused({ error, problem, advice, path = "" }: Refusal): Error {
  if (error === "machine") return new MachineError(problem, advice)
  if (error === "media") return new MediaError(path, problem, advice)
  return error === "tubelet" ? new TubeletError(problem, advice) : new Error(problem)
}
