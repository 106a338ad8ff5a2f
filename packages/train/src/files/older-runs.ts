import type { RunIdentity, RunState } from "../run/store.js"

/** Fields of state.json and config.json, as named by older versions. */
const renamed: Readonly<Record<string, string>> = {
  views: "repeats",
  samplesPerStep: "effectiveBatchSize",
  viewsPerStep: "clipsPerStep",
}

/** The contents of a run's state.json or config.json, of any version, under current names. */
export const withCurrentNames = <T extends object>(stored: T): T =>
  Object.fromEntries(
    Object.entries(stored).map(([name, value]) => [renamed[name] ?? name, value]),
  ) as T

/** What identified a run when pre-training was the only task. */
const identifying: readonly string[] = [
  ...["seed", "effectiveBatchSize", "repeats", "model", "target"],
  ...["masking", "decoderMasking", "sampling"],
]

/** The contents of a state.json of any version. */
export function currentState(stored: object): RunState {
  if ("identity" in stored) return stored as RunState
  const fields = Object.entries(withCurrentNames(stored))
  const [its, other] = [true, false].map((wanted) =>
    Object.fromEntries(fields.filter(([name]) => identifying.includes(name) === wanted)),
  )
  const identity = { task: "pretrain", repeats: 1, optimizer: "adamw", ...its } as RunIdentity
  return { ...other, identity } as RunState
}
