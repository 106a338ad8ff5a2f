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
