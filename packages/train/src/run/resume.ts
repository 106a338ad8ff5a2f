import { type Backend, flatten, type Tree, TubeletError } from "@tubelet/core"
import { changeOfClips, marksOf } from "../data/clip-names.js"
import type { ClipData } from "../data/clips.js"
import type { RunLength } from "./length.js"
import type { RunIdentity, RunState } from "./store.js"
import type { Task } from "./task.js"

/** A run as it is configured now. */
export interface Circumstances<S> extends RunLength {
  readonly task: Task<S>
  readonly seed: number
  readonly data: ClipData
  readonly backend: Backend
  readonly onNotice: (message: string) => void
}

/**
 * Where to begin: at the start, or where `stored` stopped. Refuses to resume as another run, and
 * says what may change the bytes.
 */
export function startOf<S>(stored: RunState | undefined, now: Circumstances<S>): RunState {
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
  requireSame(stored.identity, identity)
  const { step, epoch } = stored
  if (step < steps) onNotice(`resumes after step ${step} of ${steps}, epoch ${epoch}`)
  backend.importTuning?.(stored.choices)
  for (const change of changes(stored, circumstances)) {
    onNotice(`${change}: the final weights will differ from an uninterrupted run's`)
  }
  return { ...stored, ...circumstances }
}

type Circumstance = Pick<RunState, "batch" | "clips" | "clipNames" | "backend" | "threads">

/** What is no longer as it was, and changes the bytes. */
function changes(before: Circumstance, after: Circumstance): string[] {
  const { clipNames } = after
  const clips = before.clipNames && clipNames && changeOfClips(before.clipNames, clipNames)
  const others = (["batch", "clips", "backend", "threads"] as const)
    .filter((name) => before[name] !== after[name] && !(name === "clips" && clips))
    .map((name) => `${name} changed from ${before[name]} to ${after[name]}`)
  return clips ? [`clips changed (${clips})`, ...others] : others
}

const identityOf = <S>({
  task,
  seed,
  batch,
  accumulate,
  data: { repeats = 1, sampling },
}: Circumstances<S>): RunIdentity => ({
  ...{ task: task.name, seed, effectiveBatchSize: batch * accumulate, repeats },
  ...task.identity,
  ...(sampling && { sampling }),
})

function requireSame(stored: RunIdentity, now: RunIdentity): void {
  const [before, after] = [leaves(stored), leaves(now)]
  const names = [...new Set([...before.keys(), ...after.keys()])]
  const differences = names
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `${name} ${before.get(name) ?? "none"}, not ${after.get(name) ?? "none"}`)
  if (differences.length === 0) return
  throw new TubeletError(
    `the run was started with ${differences.join("; ")}`,
    "resume it with the same settings, or start another run in another folder",
  )
}

/** The values inside a record by their paths: `model.encoder.dim`. */
const leaves = (record: object): Map<string, unknown> => {
  const found = flatten(record as Tree<unknown>, (v): v is unknown => typeof v !== "object")
  return new Map(found.map(([path, value]) => [path.replaceAll("/", "."), value]))
}
