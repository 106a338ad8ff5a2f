import { DeviceLostError, TubeletError } from "@tubelet/core"

interface Failure {
  /** The step that failed, from 1. */
  readonly step: number
  /** The last whole checkpoint, as the store named it; undefined where nothing was saved. */
  readonly checkpoint: string | undefined
  readonly cause: unknown
}

/**
 * A step failed. What it left of the state may be neither that of before nor that of after, so it
 * is not saved: the run can go on from `checkpoint`, to the bytes of an undisturbed one. `cause` is
 * what went wrong.
 */
export class FailedStepError extends TubeletError {
  override name = "FailedStepError"
  readonly step: number
  readonly checkpoint: string | undefined

  constructor(failure: Failure) {
    const { cause } = failure
    super(...wordsOf(failure), { cause, ...codeOf(cause) })
    this.step = failure.step
    this.checkpoint = failure.checkpoint
  }
}

/** The error of a step, of the class that those who look for another device look for. */
export const failedStep = (failure: Failure): TubeletError =>
  failure.cause instanceof DeviceLostError
    ? new DeviceLostError(...wordsOf(failure), { cause: failure.cause })
    : new FailedStepError(failure)

const codeOf = (cause: unknown) =>
  cause instanceof TubeletError && cause.code !== undefined ? { code: cause.code } : {}

function wordsOf({ step, checkpoint, cause }: Failure): [message: string, advice: string] {
  const { problem, advice } = partsOf(cause)
  const [saved, next] =
    checkpoint === undefined
      ? ["nothing was saved before it", "begin again"]
      : [`${checkpoint} is whole`, `resume from ${checkpoint}`]
  const message = `${problem} (in step ${step}, which is not saved; ${saved})`
  return [message, advice === undefined ? next : `${advice}; then ${next}`]
}

function partsOf(cause: unknown): { problem: string; advice?: string | undefined } {
  if (cause instanceof TubeletError) return cause
  const words = cause instanceof Error ? cause.message : String(cause)
  return { problem: words.replaceAll("\n", "; ") }
}
