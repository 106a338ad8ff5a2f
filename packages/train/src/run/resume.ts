import { flatten, type Tree, TubeletError } from "@tubelet/core"
import { changeOfClips } from "../data/clip-names.js"
import type { RunIdentity, RunState } from "./store.js"

type Circumstance = Pick<RunState, "batch" | "clips" | "clipNames" | "backend" | "threads">

/** What is no longer as it was, and changes the bytes. */
export function changes(before: Circumstance, after: Circumstance): string[] {
  const { clipNames } = after
  const clips = before.clipNames && clipNames && changeOfClips(before.clipNames, clipNames)
  const others = (["batch", "clips", "backend", "threads"] as const)
    .filter((name) => before[name] !== after[name] && !(name === "clips" && clips))
    .map((name) => `${name} changed from ${before[name]} to ${after[name]}`)
  return clips ? [`clips changed (${clips})`, ...others] : others
}

/** Throws if a run is resumed as another. */
export function requireSame(stored: RunIdentity, now: RunIdentity): void {
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
