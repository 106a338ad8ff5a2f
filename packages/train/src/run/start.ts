import type { Backend } from "@tubelet/core"
import type { PixelType } from "@tubelet/video"
import { marksOf } from "../data/clip-names.js"
import type { ClipData } from "../data/clips.js"
import { optimizerOf } from "../step/plan.js"
import type { RunLength } from "./length.js"
import type { RunIdentity, RunState } from "./store.js"
import type { AnyTask } from "./task.js"

/** A run as configured now. */
export interface Circumstances<S> extends RunLength {
  readonly task: AnyTask<S>
  readonly seed: number
  readonly data: ClipData<PixelType>
  readonly backend: Backend
  readonly onNotice: (message: string) => void
}

/**
 * Where to start: at the beginning, or where `stored` stopped. Refuses to resume with different
 * settings, and reports what may change the results.
 */
export async function startOf<S>(
  stored: RunState | undefined,
  now: Circumstances<S>,
): Promise<RunState> {
  const { backend, data, batch, steps, onNotice } = now
  const identity = identityOf(now)
  const { threads } = backend.device
  const circumstances = {
    ...{ batch, clips: data.length, backend: backend.name },
    ...(threads !== undefined && { threads }),
    ...(data.names && { clipNames: marksOf(data.names) }),
  }
  if (!stored) {
    return { identity, step: 0, epoch: 0, position: 0, skipped: [], choices: {}, ...circumstances }
  }
  // Loaded only to resume: a new run does not need it.
  const { requireSame, changes } = await import("./resume.js")
  requireSame(stored.identity, identity)
  const { step, epoch } = stored
  if (step < steps) onNotice(`resuming after step ${step} of ${steps}, epoch ${epoch}`)
  backend.importTuning?.(stored.choices)
  for (const change of changes(stored, circumstances)) {
    onNotice(`${change}: the final weights will differ from an uninterrupted run's`)
  }
  return { ...stored, ...circumstances }
}

const identityOf = <S>({
  task,
  seed,
  batch,
  accumulate,
  data: { repeats = 1, sampling },
}: Circumstances<S>): RunIdentity => ({
  ...task.identity,
  ...{ task: task.name, seed, effectiveBatchSize: batch * accumulate, repeats },
  optimizer: optimizerOf(task.step).name,
  ...(sampling && { sampling }),
})
