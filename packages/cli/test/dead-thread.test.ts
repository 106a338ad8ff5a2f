import { readdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { Worker } from "node:worker_threads"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { effort } from "../../../scripts/effort.mjs"
import { LoopRunner } from "../../backend-cpu/src/wasm/index.js"
import { makeProject, tinyModel, tinyRun, tubelet } from "./project.js"
import { stepsOf } from "./support/session.js"

const steps = 60
let folder: string
const at = (...path: string[]) => join(folder, ...path)

const pretrain = (run: string) =>
  tubelet(
    ...["pretrain", "--config", at("wide.json"), "--data", at("clips"), "--out", at(run)],
    ...["--steps", String(steps), "--resume"],
  )

const weightsOf = (run: string) => readFile(at(run, `checkpoint-0000${steps}`, "model.safetensors"))

const loggedSteps = async (run: string) => (await stepsOf(at(run))).length

beforeAll(async () => {
  vi.spyOn(process, "emitWarning").mockImplementation(() => {})
  folder = await makeProject()
  // Its matrices are so large that threads share in their updates.
  const encoder = { ...tinyModel.encoder, dim: 128, mlpHidden: 512 }
  const wide = { ...tinyRun, model: { ...tinyModel, encoder }, threads: 2, saveEvery: 20 }
  await writeFile(at("wide.json"), JSON.stringify(wide))
  expect((await pretrain("whole")).code).toBe(0)
})
afterAll(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true, force: true })
})

/** Runs, and ends the threads it starts shortly after this many steps are logged. */
async function disturbed(run: string, logged: number) {
  const threads: Worker[] = []
  const hear = (worker: Worker) => threads.push(worker)
  process.on("worker", hear)
  const running = pretrain(run).finally(() => process.off("worker", hear))
  const ended = running.then(() => true)
  while ((await loggedSteps(run)) < logged && !(await Promise.race([ended, sleep(1)])));
  await sleep(20 * Math.random())
  for (const thread of threads) void thread.terminate()
  return { ...(await running), threads: threads.length }
}

test("a thread that dies: the run ends well, or names the checkpoint to resume from", async () => {
  for (let i = 0; i < effort(3, 30); i++) {
    const run = `dead-${i}`
    const { code, stderr, threads } = await disturbed(run, Math.floor(1 + Math.random() * 50))
    expect(threads).toBeGreaterThan(0)
    expect(await readdir(at(run))).not.toContain(".lock")
    if (code !== 0) {
      expect(code).toBe(1)
      expect(stderr).toMatch(/a state update stopped midway.* \(in step \d+, which was not saved;/)
      expect((await pretrain(run)).code).toBe(0)
    }
    expect(await loggedSteps(run)).toBe(steps)
    expect((await weightsOf(run)).equals(await weightsOf("whole"))).toBe(true)
  }
})

test("an update that stops midway is not saved; the error says how to resume", async () => {
  let failing = false
  const { run } = LoopRunner.prototype
  const spy = vi.spyOn(LoopRunner.prototype, "run").mockImplementation(function (
    this: LoopRunner,
    ...given
  ) {
    if (failing) throw new Error("a thread ended")
    return run.apply(this, given)
  })
  const running = pretrain("torn")
  while ((await loggedSteps("torn")) < 25) await sleep(1)
  failing = true
  const { code, stderr } = await running
  spy.mockRestore()
  expect(code).toBe(1)
  const last = Math.floor((await loggedSteps("torn")) / 20) * 20
  const [, saved] = /error: .*not saved; the last complete checkpoint is (\S+)\)\n/.exec(stderr)!
  expect(saved).toBe(at("torn", `checkpoint-0000${last}`))
  expect(stderr).toMatch(/resume from \S+ with: .*tubelet pretrain --out \S*torn --resume\n/)
  expect(await readdir(at("torn"))).not.toContain(".lock")
  expect((await pretrain("torn")).code).toBe(0)
  expect((await weightsOf("torn")).equals(await weightsOf("whole"))).toBe(true)
})
