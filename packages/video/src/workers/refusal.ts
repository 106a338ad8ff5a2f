import { TubeletError } from "@tubelet/core"
import { MediaError } from "../decode/errors.js"
import { MachineError, machineError } from "../decode/machine.js"

/** Why a worker could not run a task, as plain data for its parent. */
export interface Refusal {
  readonly error: "machine" | "media" | "tubelet" | "other"
  readonly problem: string
  readonly advice?: string | undefined
  readonly code?: string | undefined
  /** The file that a media error names. */
  readonly path?: string
}

export function refusal(cause: unknown): Refusal {
  const error = machineError(cause) ?? cause
  if (!(error instanceof TubeletError)) {
    return { error: "other", problem: (error as Error).message }
  }
  const { problem, advice, code } = error
  if (error instanceof MachineError) return { error: "machine", problem, advice, code }
  if (!(error instanceof MediaError)) return { error: "tubelet", problem, advice, code }
  const { path } = error
  return { error: "media", path, problem: problem.slice(`${path}: `.length), advice }
}

/** The error that a refusal was made of. */
export function refused({ error, problem, advice, code, path = "" }: Refusal): Error {
  const options = code === undefined ? {} : { code }
  if (error === "machine") return new MachineError(problem, advice, options)
  if (error === "media") return new MediaError(path, problem, advice)
  return error === "tubelet" ? new TubeletError(problem, advice, options) : new Error(problem)
}
