import { Helper } from "./helper.js"
import type { BoundKernel } from "./kernel.js"

/**
 * An in-place state update stopped midway and left neither the old state nor the new. The backend's
 * handles of it can no longer be read: resume from a checkpoint.
 */
export class TornStateError extends Error {
  override name = "TornStateError"

  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`a state update stopped midway: ${why}`, { cause })
  }
}

/** Threads that each take a share of large loops. Their memories must be shared. */
export interface Team {
  /** Number of threads, including the calling one. Does not change when one of them dies. */
  readonly size: number
  /**
   * Runs a kernel once per list of arguments, at most `size`, and waits for all. The caller runs
   * shares that no other thread has started, so a dead thread only costs time.
   *
   * @throws TornStateError if a share was started but not finished.
   */
  run(kernel: BoundKernel, shares: readonly (readonly number[])[]): void
  dispose(): Promise<void>
}

/** More threads than this only wait for memory. */
const largestTeam = 8

/** State updates are memory-bound, and one thread does not saturate the memory. */
export function threadTeam(threads: number): Team | undefined {
  let complete = true
  const warn = (why: string) => {
    if (!complete) return
    complete = false
    process.emitWarning(
      `a state-update thread ended (${why}): the run continues correctly but more slowly`,
    )
  }
  const count = Math.min(threads, largestTeam) - 1
  const helpers = Array.from({ length: count }, () => new Helper(warn))
  if (helpers.length === 0) return undefined
  return {
    size: helpers.length + 1,
    run(kernel, [own, ...others]) {
      for (const [i, args] of others.entries()) helpers[i].ask(kernel, args)
      // Whatever fails, all shares have ended when this returns: nothing accesses the memory any
      // more.
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
