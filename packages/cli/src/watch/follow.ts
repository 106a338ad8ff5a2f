import { setTimeout as sleep } from "node:timers/promises"
import { findRuns } from "./find-runs.js"
import { LogReader } from "./log-reader.js"
import { realFolder } from "./own-file.js"

/** Sends an event to a page; resolves when the page can take more. */
export type Send = (event: string, data: unknown) => Promise<void>

/** Milliseconds between looks at the files. */
const pause = 1000

/** Sends what the runs of a folder have and gain, until `signal` is aborted; then what is left. */
export async function follow(folder: string, send: Send, signal: AbortSignal): Promise<void> {
  const update = updater(folder, send)
  while (!signal.aborted) {
    await update()
    await sleep(pause, undefined, { signal }).catch(() => {})
  }
  await update()
}

function updater(folder: string, send: Send): () => Promise<void> {
  const readers = new Map<string, LogReader>()
  let listed = ""
  return async () => {
    const root = await realFolder(folder)
    const runs = root === undefined ? [] : await findRuns(root)
    const list = JSON.stringify(runs)
    if (list !== listed) await send("runs", runs)
    listed = list
    for (const { name, log } of runs) {
      const reader = readers.get(log) ?? new LogReader(root!, log)
      readers.set(log, reader)
      for (let news = await reader.read(); news; news = await reader.read())
        await send("metrics", { run: name, ...news })
    }
  }
}
