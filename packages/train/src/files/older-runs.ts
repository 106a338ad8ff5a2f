import type { RunIdentity, RunState } from "../run/store.js"

/** Fields of state.json and config.json as older versions named them. */
const renamed: Readonly<Record<string, string>> = {
  views: "repeats",
  samplesPerStep: "effectiveBatchSize",
  viewsPerStep: "clipsPerStep",
}

/** What a run's state.json or config.json holds, under today's names whatever version wrote it. */
export const withCurrentNames = <T extends object>(stored: T): T =>
  Object.fromEntries(
    Object.entries(stored).map(([name, value]) => [renamed[name] ?? name, value]),
  ) as T

/** What made a run the run it was, when pre-training was the only task. */
const identifying: readonly string[] = [
  ...["seed", "effectiveBatchSize", "repeats", "model", "target"],
  ...["masking", "decoderMasking", "sampling"],
]

/** A state.json, whatever version wrote it. */
export function currentState(stored: object): RunState {
  if ("identity" in stored) return stored as RunState
  const fields = Object.entries(withCurrentNames(stored))
  const [its, other] = [true, false].map((wanted) =>
    Object.fromEntries(fields.filter(([name]) => identifying.includes(name) === wanted)),
  )
  const identity = { task: "pretrain", repeats: 1, optimizer: "adamw", ...its } as RunIdentity
  return { ...other, identity } as RunState
}
