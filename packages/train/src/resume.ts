import { type Backend, TubeletError } from "@tubelet/core"
import type { Recipe } from "./recipe.js"
import type { RunState } from "./run-store.js"

/** What a run would begin with, or go on from, as it is configured now. */
export interface Circumstances {
  readonly recipe: Recipe
  readonly clips: number
  readonly backend: Backend
  readonly onNotice: (message: string) => void
}

/**
 * Where to begin: at the start, or where `stored` stopped. Refuses what would silently make
 * another run of it, and says what may change the bytes.
 */
export function continuation(
  stored: RunState | undefined,
  { recipe, clips, backend, onNotice }: Circumstances,
): RunState {
  const { seed, samplesPerStep, views } = recipe
  const { threads } = backend.device
  const now = {
    ...{ seed, samplesPerStep, views, clips, backend: backend.name },
    ...(threads !== undefined && { threads }),
  }
  if (!stored) return { step: 0, epoch: 0, position: 0, skipped: [], choices: {}, ...now }
  const before = { views: 1, ...stored }
  for (const name of ["seed", "samplesPerStep", "views"] as const) {
    if (before[name] === now[name]) continue
    throw new TubeletError(
      `the run was started with ${name} ${before[name]}, not ${now[name]}`,
      "resume with the same, or start a run of its own in another folder",
    )
  }
  for (const name of ["clips", "backend", "threads"] as const) {
    if (stored[name] === now[name]) continue
    onNotice(
      `${name} changed from ${stored[name]} to ${now[name]}: ` +
        "the run goes on, but not to the same bytes",
    )
  }
  return { ...stored, ...now }
}
