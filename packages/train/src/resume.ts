import { type Backend, flatten, type Tree, TubeletError } from "@tubelet/core"
import type { PretrainModel } from "@tubelet/models"
import { changeOfClips, marksOf } from "./data/clip-names.js"
import type { ClipData } from "./data/clips.js"
import type { MaskRule, MaskRules } from "./data/masks.js"
import type { Recipe } from "./recipe.js"
import type { RunIdentity, RunState } from "./run-store.js"

/** A run as it is configured now. */
export interface Circumstances {
  readonly model: PretrainModel
  readonly masks: MaskRules
  readonly recipe: Recipe
  readonly data: ClipData
  readonly backend: Backend
  readonly onNotice: (message: string) => void
}

/**
 * Where to begin: at the start, or where `stored` stopped. Refuses to go on as another run than
 * was begun, and says what may change the bytes.
 */
export function continuation(stored: RunState | undefined, now: Circumstances): RunState {
  const identity = identityOf(now)
  const { threads } = now.backend.device
  const circumstances = {
    ...{ batch: now.recipe.batch, clips: now.data.length, backend: now.backend.name },
    ...(threads !== undefined && { threads }),
    ...(now.data.names && { clipNames: marksOf(now.data.names) }),
  }
  if (!stored) {
    const start = { step: 0, epoch: 0, position: 0, skipped: [], choices: {} }
    return { ...start, ...identity, ...circumstances }
  }
  requireSame(stored, identity)
  const { step, epoch } = stored
  const { steps } = now.recipe
  if (step < steps) now.onNotice(`resumes after step ${step} of ${steps}, epoch ${epoch}`)
  now.backend.importTuning?.(stored.choices)
  const { clipNames: before = "" } = stored
  const { clipNames: after = "" } = circumstances
  const change = before && after ? changeOfClips(before, after) : undefined
  if (change) {
    now.onNotice(`clips changed (${change}): the run goes on, but not to the same bytes`)
  }
  for (const name of ["batch", "clips", "backend", "threads"] as const) {
    if (stored[name] === circumstances[name] || (name === "clips" && change)) continue
    now.onNotice(
      `${name} changed from ${stored[name]} to ${circumstances[name]}: ` +
        "the run goes on, but not to the same bytes",
    )
  }
  return { ...stored, ...circumstances }
}

const named = ({ masking, ratio }: MaskRule) => ({ name: masking.name, ratio })

const identityOf = ({ model, masks, recipe, data }: Circumstances): RunIdentity => ({
  ...{ seed: recipe.seed, effectiveBatchSize: recipe.effectiveBatchSize, repeats: recipe.repeats },
  ...{ model: model.config, target: model.target.name, masking: named(masks.encoder) },
  ...(masks.decoder && { decoderMasking: named(masks.decoder) }),
  ...(data.sampling && { sampling: data.sampling }),
})

function requireSame(stored: RunState, now: RunIdentity): void {
  const { seed, effectiveBatchSize, repeats = 1 } = stored
  const { model, target, masking, decoderMasking, sampling } = stored
  const counts = { seed, effectiveBatchSize, repeats }
  const before = leaves({ ...counts, model, target, masking, decoderMasking, sampling })
  const after = leaves(now)
  const names = [...new Set([...before.keys(), ...after.keys()])]
  const differences = names
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `${name} ${before.get(name) ?? "none"}, not ${after.get(name) ?? "none"}`)
  if (differences.length === 0) return
  throw new TubeletError(
    `the run was started with ${differences.join("; ")}`,
    "resume with what it was started with, or start a run of its own in another folder",
  )
}

/** The values inside a record by their paths: `model.encoder.dim`. */
const leaves = (record: object): Map<string, unknown> => {
  const found = flatten(record as Tree<unknown>, (v): v is unknown => typeof v !== "object")
  return new Map(found.map(([path, value]) => [path.replaceAll("/", "."), value]))
}
