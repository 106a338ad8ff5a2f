import { LogReader } from "../watch/log-reader.js"
import { realFolder } from "../watch/own-file.js"

/** The last scores in the log of a run's folder, if it has any. */
export async function lastScores(
  out: string,
): Promise<Readonly<Record<string, number>> | undefined> {
  const root = await realFolder(out)
  if (root === undefined) return undefined
  const log = new LogReader(root, "metrics.jsonl")
  let last: Readonly<Record<string, number>> | undefined
  for (let news = await log.read(); news; news = await log.read()) {
    for (const { scores } of news.metrics) last = scores ?? last
  }
  return last
}
