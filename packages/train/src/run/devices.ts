import { type Backend, DeviceLostError } from "@tubelet/core"
import type { StepResult } from "./loop.js"

/** Devices lost since a step that was new: then no other will help. */
const mostLosses = 3

/** A run on one backend, to its end: from its last checkpoint, or from where it was to begin. */
export type Attempt = (
  backend: Backend,
  fromCheckpoint: boolean,
) => AsyncGenerator<StepResult, void, void>

export interface DeviceOptions {
  readonly open: () => Promise<Backend>
  readonly onNotice: (message: string) => void
  readonly signal: AbortSignal | undefined
}

/**
 * Does a run on a backend that `open` gives, and on another where that one's device is lost. Steps
 * since the last checkpoint are done, and yielded, once more.
 */
export async function* onDevices(
  attempt: Attempt,
  { open, onNotice, signal }: DeviceOptions,
): AsyncGenerator<StepResult, void, void> {
  let furthest = 0
  let losses = 0
  let checkpoint: string | undefined
  for (;;) {
    const backend = await open()
    let last: StepResult | undefined
    let loss: DeviceLostError | undefined
    try {
      for await (const result of attempt(backend, checkpoint !== undefined)) {
        if (result.step > furthest) losses = 0
        furthest = Math.max(furthest, result.step)
        checkpoint = result.checkpoint ?? checkpoint
        last = result
        yield result
      }
      return
    } catch (error) {
      loss = lossIn(error)
      if (!loss || signal?.aborted || ++losses === mostLosses) {
        throw error instanceof DeviceLostError ? error : (loss ?? error)
      }
      const when = last ? `after step ${last.step}` : "before a step was done"
      const from = checkpoint ?? "where the run began"
      onNotice(`${when}, ${reasonOf(loss)}; going on with another from ${from}`)
    } finally {
      const disposed = backend.dispose()
      await (loss ? disposed.catch(() => {}) : disposed) // A lost one only says so again.
    }
  }
}

/** The loss of a device behind an error, such as that of a checkpoint that could not be read. */
function lossIn(error: unknown): DeviceLostError | undefined {
  if (!(error instanceof Error)) return undefined
  return lossIn(error.cause) ?? (error instanceof DeviceLostError ? error : undefined)
}

const reasonOf = ({ problem }: DeviceLostError): string => problem.replace(/\.$/, "")
