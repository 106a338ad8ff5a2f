import { type Backend, DeviceLostError } from "@tubelet/core"
import type { StepResult } from "./loop.js"
import type { Saved } from "./store.js"

/** Consecutive devices lost without a new step, after which the run gives up. */
const mostLosses = 3

/** Runs on one backend to the end, from `saved`, which it updates, or from the run's start. */
export type Attempt = (backend: Backend, saved: Saved) => AsyncGenerator<StepResult, void, void>

export interface DeviceOptions {
  readonly open: () => Promise<Backend>
  readonly onNotice: (message: string) => void
  readonly signal: AbortSignal | undefined
}

/**
 * Runs on a backend from `open`; if its device is lost, continues on another. The steps since the
 * last checkpoint are run and yielded again.
 */
export async function* onDevices(
  attempt: Attempt,
  { open, onNotice, signal }: DeviceOptions,
): AsyncGenerator<StepResult, void, void> {
  let furthest = 0
  let losses = 0
  const saved: Saved = { checkpoint: undefined }
  for (;;) {
    const backend = await open()
    let last: StepResult | undefined
    let loss: DeviceLostError | undefined
    try {
      for await (const result of attempt(backend, saved)) {
        if (result.step > furthest) losses = 0
        furthest = Math.max(furthest, result.step)
        last = result
        yield result
      }
      return
    } catch (error) {
      loss = lossIn(error)
      if (!loss || signal?.aborted || ++losses === mostLosses) {
        throw error instanceof DeviceLostError ? error : (loss ?? error)
      }
      const when = last ? `after step ${last.step}` : "before the first step"
      const from = saved.checkpoint ?? "where the run started"
      onNotice(`${when}, ${reasonOf(loss)}; continuing on another device from ${from}`)
    } finally {
      const disposed = backend.dispose()
      await (loss ? disposed.catch(() => {}) : disposed) // A lost device only throws again.
    }
  }
}

/** The device loss behind an error, such as a checkpoint that could not be read. */
function lossIn(error: unknown): DeviceLostError | undefined {
  if (!(error instanceof Error)) return undefined
  return lossIn(error.cause) ?? (error instanceof DeviceLostError ? error : undefined)
}

const reasonOf = ({ problem }: DeviceLostError): string => problem.replace(/\.$/, "")
