import { DeviceLostError, TubeletError } from "@tubelet/core"
import { FailedStepError, type StepResult } from "@tubelet/train"
import { weightsFile } from "../setup/checkpoint.js"
import { described } from "../shell/errors.js"
import type { Interruption } from "../shell/interrupt.js"
import { shortPath } from "../shell/short-path.js"
import { typed } from "../shell/typed.js"
import type { Run } from "./run.js"

/** How a run ended. */
export interface Ending {
  /** The last step of this process; undefined if it did none. */
  readonly last: StepResult | undefined
  readonly finished: boolean
  /** The folder of the last checkpoint. */
  readonly checkpoint: string | undefined
}

/** Lines on what was saved, and on what to do next. */
export async function endingLines(
  run: Run,
  ending: Ending,
  signal: AbortSignal,
): Promise<string[]> {
  const { last, finished, checkpoint } = ending
  if (finished && !last) return [`already finished: ${checkpoint}`]
  if (!checkpoint) return ["stopped before the first step; run the same command to start again"]
  const saved = `saved ${checkpoint}`
  if (finished) return [saved, await run.next()]
  const where = last ? `stopped after step ${last.step} of ${last.steps}` : "stopped"
  const why = (signal.reason as Interruption).message
  return [`${where} (${why}); ${saved}`, `resume with: ${resuming(run)}`]
}

/** The error that ended a run, with the command that resumes from what was saved. */
export async function withResume(error: unknown, run: Run): Promise<unknown> {
  const checkpoint = await lastCheckpoint(run.out)
  if (checkpoint === undefined) return error
  const { flags } = run.command
  const { advice } = described(causeOf(error), flags)
  const next = `resume from ${checkpoint} with: ${resuming(run)}`
  return new TubeletError(described(error, flags).message, `${advice}; ${next}`, { cause: error })
}

/** What went wrong within a step, without the words on how to resume from it. */
const causeOf = (error: unknown): unknown =>
  error instanceof FailedStepError || error instanceof DeviceLostError
    ? (error.cause ?? error)
    : error

export const lastCheckpoint = (out: string): Promise<string | undefined> =>
  weightsFile(out).then(folderOf, () => undefined)

const resuming = ({ command, out }: Run): string =>
  typed(`tubelet ${command.name} --out ${shortPath(out)} --resume`)

const folderOf = (file: string): string => file.replace(/[\\/]model\.safetensors$/, "")
