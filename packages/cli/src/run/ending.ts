import { existsSync } from "node:fs"
import { relative } from "node:path"
import { DeviceLostError, TubeletError } from "@tubelet/core"
import { shellWord } from "@tubelet/core/text"
import { FailedStepError, type StepResult } from "@tubelet/train"
import { weightsFile } from "../setup/checkpoint.js"
import { described } from "../shell/errors.js"
import type { Interruption } from "../shell/interrupt.js"
import { typed } from "../shell/typed.js"
import type { Plan } from "./plan.js"

/** How a run ended. */
export interface Ending {
  /** The last step of this process; undefined if it did none. */
  readonly last: StepResult | undefined
  readonly finished: boolean
  /** The folder of the last checkpoint. */
  readonly checkpoint: string | undefined
}

/** Lines on what was saved, and on what to do next. */
export function endingLines(
  { out, data }: Plan,
  { last, finished, checkpoint }: Ending,
  signal: AbortSignal,
): string[] {
  if (finished && !last) return [`already finished: ${checkpoint}`]
  if (!checkpoint) return ["stopped before the first step; run the same command to start again"]
  const saved = `saved ${checkpoint}`
  if (finished) {
    const read = data?.pathsRead().find((path) => existsSync(path))
    const clip = read === undefined ? "CLIP" : shortened(read)
    const next = typed(`tubelet reconstruct ${clip} --checkpoint ${shortened(out)}`)
    return [saved, `see what it learned: ${next}`]
  }
  const where = last ? `stopped after step ${last.step} of ${last.steps}` : "stopped"
  const why = (signal.reason as Interruption).message
  return [`${where} (${why}); ${saved}`, `resume with: ${resuming(out)}`]
}

/** The error that ended a run, with the command that resumes from what was saved. */
export async function withResume(error: unknown, out: string): Promise<unknown> {
  const checkpoint = await lastCheckpoint(out)
  if (checkpoint === undefined) return error
  const { advice } = described(causeOf(error))
  const next = `resume from ${checkpoint} with: ${resuming(out)}`
  return new TubeletError(described(error).message, `${advice}; ${next}`, { cause: error })
}

/** What went wrong within a step, without the words on how to resume from it. */
const causeOf = (error: unknown): unknown =>
  error instanceof FailedStepError || error instanceof DeviceLostError
    ? (error.cause ?? error)
    : error

export const lastCheckpoint = (out: string): Promise<string | undefined> =>
  weightsFile(out).then(folderOf, () => undefined)

const resuming = (out: string): string => typed(`tubelet pretrain --out ${shortened(out)} --resume`)

const shortened = (path: string): string => shellWord(relative(process.cwd(), path) || ".")

const folderOf = (file: string): string => file.replace(/[\\/]model\.safetensors$/, "")
