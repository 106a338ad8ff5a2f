import { fileSystem } from "@tubelet/core/files"
import { type Holder, type IsGone, tryLock } from "./lock.js"

/** Milliseconds between heartbeats of a held lock. */
const heartbeatMs = 5_000

/** Milliseconds without a heartbeat after which a lock's holder counts as dead. */
const longestSilence = 60_000

const longestPause = 250

export interface WaitOptions {
  /** Called repeatedly while another process holds the lock. */
  readonly onWait?: () => Promise<void> | void
  readonly silence?: number
}

/**
 * Runs `work` in one process at a time, across all machines that share the lock's folder; the
 * others wait. If a process is killed, the next one gets the lock.
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  { onWait, silence = longestSilence }: WaitOptions = {},
): Promise<T> {
  const isGone = silentFor(silence)
  let taken = await tryLock(path, isGone)
  for (let pause = 10; typeof taken !== "function"; pause = Math.min(2 * pause, longestPause)) {
    await onWait?.()
    await new Promise((resolve) => setTimeout(resolve, pause))
    taken = await tryLock(path, isGone)
  }
  const fs = await fileSystem()
  const beat = setInterval(() => {
    const now = new Date()
    fs.utimes(path, now, now).catch(() => {})
  }, heartbeatMs)
  beat.unref()
  try {
    return await work()
  } finally {
    clearInterval(beat)
    await taken()
  }
}

/**
 * Detects dead holders on other machines by watching for heartbeats. Does not compare clocks, as
 * those of two machines differ.
 */
function silentFor(silence: number): IsGone {
  const seen = new Map<string, { readonly touched: number; readonly since: number }>()
  return async (path: string, { token }: Holder) => {
    const stat = await (await fileSystem()).stat(path).catch(() => undefined)
    const before = seen.get(token)
    const now = performance.now()
    if (stat && before?.touched === stat.mtimeMs) return now - before.since > silence
    if (stat) seen.set(token, { touched: stat.mtimeMs, since: now })
    return false
  }
}
