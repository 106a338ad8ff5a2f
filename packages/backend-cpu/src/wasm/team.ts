import { Helper } from "./helper.js"
import type { BoundKernel } from "./kernel.js"

/**
 * An update of state in place stopped midway: what it left is neither the state before nor the one
 * after. A backend's handles of it can no longer be read: go on from a state that was saved.
 */
export class TornStateError extends Error {
  override name = "TornStateError"

  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`a state update stopped midway: ${why}`, { cause })
  }
}

/** Threads that take a share of each large loop. Their memories must be shared ones. */
export interface Team {
  /** Threads, the calling one included. It stays the same when one of them dies. */
  readonly size: number
  /**
   * Runs a kernel once for each list of arguments, at most `size`, and waits for all. The caller
   * runs what no other thread has begun, so that one which died costs time and nothing else.
   *
   * @throws TornStateError where a share was begun and not finished.
   */
  run(kernel: BoundKernel, shares: readonly (readonly number[])[]): void
  dispose(): Promise<void>
}

/** More threads than this only wait for the memory. */
const largestTeam = 8

/** State updates run at the memory's speed, and one thread does not reach it. */
export function threadTeam(threads: number): Team | undefined {
  let complete = true
  const warn = (why: string) => {
    if (!complete) return
    complete = false
    process.emitWarning(`a thread of state updates ended (${why}): the run is slower, and right`)
  }
  const count = Math.min(threads, largestTeam) - 1
  const helpers = Array.from({ length: count }, () => new Helper(warn))
  if (helpers.length === 0) return undefined
  return {
    size: helpers.length + 1,
    run(kernel, [own, ...others]) {
      for (const [i, args] of others.entries()) helpers[i].ask(kernel, args)
      // Whatever fails, all shares have ended when this does: the memory is at rest.
      const work = [
        () => kernel.run(...own),
        ...others.map((args, i) => () => helpers[i].finish(kernel, args)),
      ]
      const [error] = work.flatMap(failureOf)
      if (error !== undefined) throw new TornStateError(error)
    },
    async dispose() {
      for (const helper of helpers) await helper.end()
    },
  }
}

function failureOf(work: () => void): unknown[] {
  try {
    work()
    return []
  } catch (error) {
    return [error]
  }
}
