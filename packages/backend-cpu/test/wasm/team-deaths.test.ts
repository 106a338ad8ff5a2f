import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { Worker } from "node:worker_threads"
import { afterEach, describe, expect, test, vi } from "vitest"
import { effort } from "../../../../scripts/effort.mjs"
import type { BoundKernel } from "../../src/wasm/kernel.js"
import { type Team, TornStateError, threadTeam } from "../../src/wasm/team.js"
import { counting, misfit } from "./team-kernels.js"

let team: Team | undefined
afterEach(async () => {
  await team?.dispose()
  vi.restoreAllMocks()
})

/** A team with the threads that it started. */
async function watched(size: number): Promise<{ team: Team; threads: Worker[] }> {
  const threads: Worker[] = []
  const hear = (worker: Worker) => threads.push(worker)
  process.on("worker", hear)
  team = threadTeam(size)!
  await new Promise(setImmediate)
  process.off("worker", hear)
  return { team, threads }
}

const shares = (size: number) => Array.from({ length: size }, (_, i) => [4 * i])
const warnings = () => vi.spyOn(process, "emitWarning").mockImplementation(() => {})

/** The kernel, whose caller runs `work` instead of its share. */
const whileCalling = (kernel: BoundKernel, work: () => void): BoundKernel => ({
  ...kernel,
  run: work,
})

/** Waits, without turning the event loop, until a thread has started a share. */
function untilBegun(words: Int32Array, share: number): void {
  while (Atomics.load(words, share) === 0) Atomics.wait(words, 1000, 0, 1)
}

describe("a thread that dies", () => {
  test.each(["between two jobs", "before it has started"])(
    "%s: the caller runs its share",
    async (when) => {
      const warned = warnings()
      const { team, threads } = await watched(3)
      const { kernel, counts } = counting()
      if (when === "between two jobs") team.run(kernel, shares(3))
      const before = counts(3)
      await threads[0].terminate()
      team.run(kernel, shares(3))
      await threads[1].terminate()
      for (let i = 0; i < 100; i++) team.run(kernel, shares(3))
      expect(counts(3)).toEqual(before.map((n) => n + 101))
      expect(team.size).toBe(3)
      expect(warned).toHaveBeenCalledTimes(1)
    },
  )

  test("of a kernel that it cannot create: the same", async () => {
    const warned = warnings()
    const { team, threads } = await watched(2)
    const { kernel, counts } = counting()
    const strange = { ...kernel, module: misfit() }
    const ended = new Promise((resolve) => threads[0].once("exit", resolve))
    team.run(strange, shares(2))
    await ended
    team.run(kernel, shares(2))
    expect(counts(2)).toEqual([2, 2])
    expect(warned.mock.calls).toEqual([[expect.stringMatching(/state-update thread ended/)]])
  })

  test("in a share that it has started: the state is torn, the next job completes", async () => {
    const warned = warnings()
    const { team, threads } = await watched(2)
    const { kernel, words } = counting("forever")
    const dying = whileCalling(kernel, () => {
      untilBegun(words, 1)
      void threads[0].terminate()
    })
    expect(() => team.run(dying, shares(2))).toThrow(TornStateError)
    expect(warned).toHaveBeenCalledTimes(1)
    const next = counting()
    team.run(next.kernel, shares(2))
    expect(next.counts(2)).toEqual([1, 1])
  })
})

describe("a share that fails", () => {
  test("on another thread: the state is torn, and the thread survives", async () => {
    const warned = warnings()
    const { team, threads } = await watched(2)
    const { kernel, words } = counting("trap")
    const failing = whileCalling(kernel, () => untilBegun(words, 1))
    expect(() => team.run(failing, shares(2))).toThrow(/stopped midway: unreachable/)
    const next = counting()
    const waiting = whileCalling(next.kernel, () => untilBegun(next.words, 1))
    team.run(waiting, shares(2))
    expect(next.counts(2)).toEqual([0, 1])
    await new Promise(setImmediate)
    expect(threads[0].threadId).toBeGreaterThan(0)
    expect(warned).not.toHaveBeenCalled()
  })

  test("of the caller: the error surfaces when all shares have ended", async () => {
    const { team } = await watched(3)
    const { kernel, counts } = counting()
    const failing = whileCalling(kernel, () => {
      throw new Error("out of memory")
    })
    expect(() => team.run(failing, shares(3))).toThrow(TornStateError)
    expect(counts(3)[0]).toBe(0)
  })
})

test("three processes at once: every share of every job runs once", async () => {
  const jobs = effort(100_000, 3_400_000)
  const racer = fileURLToPath(new URL("racer.mjs", import.meta.url))
  const race = () => promisify(execFile)(process.execPath, [racer, String(jobs)])
  const said = await Promise.all([race(), race(), race()])
  expect(said.map(({ stdout }) => JSON.parse(stdout))).toEqual(Array(3).fill([jobs, jobs]))
  expect(said.map(({ stderr }) => stderr)).toEqual(["", "", ""])
})
