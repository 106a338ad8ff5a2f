import { fileSystem } from "@tubelet/core/files"
import { type Holder, type IsGone, tryLock } from "./lock.js"

/** Milliseconds between two touches of a lock that is held. */
const pulse = 5_000

/** Milliseconds: a lock that nobody touched for so long is a dead process's. */
const longestSilence = 60_000

const longestPause = 250

export interface WaitOptions {
  /** Called now and then while another process has the lock. */
  readonly onWait?: () => Promise<void> | void
  readonly silence?: number
}

/**
 * Does work that one process at a time may do, on all machines that share the lock's folder;
 * others wait. Who stops before its end, killed too, leaves the lock to the next.
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
  }, pulse)
  beat.unref()
  try {
    return await work()
  } finally {
    clearInterval(beat)
    await taken()
  }
}

/**
 * Tells the dead on other machines from the living by what is seen here: whether their locks are
 * touched. Clocks are not compared, as those of two machines differ.
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
