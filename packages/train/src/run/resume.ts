import { TubeletError } from "@tubelet/core"
import { changeOfClips } from "../data/changed-clips.js"
import type { StepOptions } from "../step/plan.js"
import type { RunIdentity, RunState, StoredRun } from "./store.js"

type Circumstance = Pick<RunState, "batch" | "clips" | "clipNames" | "backend" | "threads">

/** What has changed and may change the results. */
export function changes(before: Circumstance, after: Circumstance): string[] {
  const { clipNames } = after
  const clips = before.clipNames && clipNames && changeOfClips(before.clipNames, clipNames)
  const others = (["batch", "clips", "backend", "threads"] as const)
    .filter((name) => before[name] !== after[name] && !(name === "clips" && clips))
    .map((name) => `${name} changed from ${before[name]} to ${after[name]}`)
  return clips ? [`clips changed (${clips})`, ...others] : others
}

/** Throws if a run is resumed with different settings. */
export function requireSame(stored: RunIdentity, now: RunIdentity): void {
  const [before, after] = [leaves(stored), leaves(now)]
  const names = [...new Set([...before.keys(), ...after.keys()])]
  const differences = names
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `${name} ${before.get(name) ?? "none"}, not ${after.get(name) ?? "none"}`)
  if (differences.length === 0) return
  throw new TubeletError(
    `the run was started with ${differences.join("; ")}`,
    "resume it with the same settings, or start a new run in another folder",
  )
}

/** The values in plain JSON by path: `model.encoder.dim`, `labels.0`. */
function leaves(value: unknown, path = ""): Map<string, unknown> {
  if (typeof value !== "object" || value === null) return new Map([[path, value]])
  const below = path === "" ? "" : `${path}.`
  return new Map(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .flatMap(([name, inner]) => [...leaves(inner, below + name)]),
  )
}

/** Reports where a moving average of the weights starts or stops. */
export function reportAverage(
  stored: StoredRun,
  { ema }: StepOptions,
  report: (line: string) => void,
) {
  if (ema !== undefined && !stored.ema) {
    report("the moving average of the weights starts at this step")
  }
  if (ema === undefined && stored.ema) {
    report("the moving average of the weights stops here: later checkpoints have none")
  }
}
