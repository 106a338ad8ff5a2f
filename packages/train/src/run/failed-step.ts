import { DeviceLostError, TubeletError } from "@tubelet/core"

interface Failure {
  /** The step that failed, from 1. */
  readonly step: number
  /** The last complete checkpoint, as named by the store; undefined if nothing was saved. */
  readonly checkpoint: string | undefined
  readonly cause: unknown
}

/**
 * A step failed. The state may be only partly updated, so it is not saved. The run can resume from
 * `checkpoint`; its final weights are bit-identical to those of an uninterrupted run. `cause` is
 * the original error.
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

/**
 * The error for a failed step. If the device was lost it is a DeviceLostError, so that callers can
 * retry on another device.
 */
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
      ? ["there is no earlier checkpoint", "start the run again"]
      : [`the last complete checkpoint is ${checkpoint}`, `resume from ${checkpoint}`]
  const message = `${problem} (in step ${step}, which was not saved; ${saved})`
  // The advice on a lost device is to resume, which `next` says with the checkpoint's name.
  const first = cause instanceof DeviceLostError ? undefined : advice
  return [message, first === undefined ? next : `${first}; then ${next}`]
}

function partsOf(cause: unknown): { problem: string; advice?: string | undefined } {
  if (cause instanceof TubeletError) return cause
  const words = cause instanceof Error ? cause.message : String(cause)
  return { problem: words.replaceAll("\n", "; ") }
}
