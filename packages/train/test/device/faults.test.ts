import { createHash } from "node:crypto"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { webgpuBackend } from "@tubelet/backend-webgpu"
import { type Backend, DeviceLostError } from "@tubelet/core"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { memoryClips, type PretrainOptions, pretrain } from "../../src/index.js"
import { noiseClips, tinyConfig, tinyMasks, tinyModel } from "../tiny.js"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tubelet-lost-"))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Takes a backend's device away, as a driver that fails does. */
const lose = (backend: Backend) => (backend as Backend & { readonly gpu: GPUDevice }).gpu.destroy()

const options = (out: string): Omit<PretrainOptions, "backend"> => ({
  model: tinyModel(),
  masks: tinyMasks(),
  data: memoryClips(noiseClips(5, tinyConfig())),
  ...{ batch: 2, steps: 6, warmup: 2, learningRate: 1e-2, seed: 3, ema: 0.9 },
  ...{ saveEvery: 2, out: join(folder, out) },
})

/** Digests of what a run leaves, so that a difference prints as one line. */
const digests = async (out: string) => {
  const names = ["model", "optimizer", "ema"].map((name) => `${name}.safetensors`)
  const digest = async (name: string) =>
    createHash("sha256")
      .update(await readFile(join(folder, out, "checkpoint-000006", name)))
      .digest("hex")
  return Object.fromEntries(await Promise.all(names.map(async (n) => [n, await digest(n)])))
}

const loggedSteps = async (out: string) =>
  (await readFile(join(folder, out, "metrics.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).step)

/** Runs, and takes the device away after some of the steps that are yielded, counted from 0. */
async function disturbed(
  given: Omit<PretrainOptions, "backend">,
  losesAfter: (count: number, step: number) => boolean,
) {
  const notices: string[] = []
  const opened: Backend[] = []
  const steps: number[] = []
  const open = async () => {
    opened.push(await webgpuBackend())
    return opened.at(-1)!
  }
  const run = pretrain({ ...given, backend: open, onNotice: (line) => notices.push(line) })
  const finished = (async () => {
    for await (const { step } of run) {
      if (losesAfter(steps.length, step)) lose(opened.at(-1)!)
      steps.push(step)
    }
  })()
  const error = await finished.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return { steps, notices, opened, error }
}

const all = [1, 2, 3, 4, 5, 6]

describe("a device that is lost", () => {
  test("is replaced, and the run ends with the bytes of an undisturbed one", async () => {
    const whole = await disturbed(options("whole"), () => false)
    expect(whole).toMatchObject({ steps: all, notices: [], error: undefined })

    const late = await disturbed(options("late"), (count) => count === 2)
    expect(late).toMatchObject({ steps: [1, 2, 3, 3, 4, 5, 6], error: undefined })
    const notice = /^after step 3, the GPU device was lost \(.*going on with .*checkpoint-000002$/
    expect(late.notices).toEqual([expect.stringMatching(notice)])
    expect(await digests("late")).toEqual(await digests("whole"))
    expect(await loggedSteps("late")).toEqual(all)
    expect(await readdir(join(folder, "late"))).toEqual(await readdir(join(folder, "whole")))

    const early = await disturbed(options("early"), (count) => count === 0)
    expect(early).toMatchObject({ steps: [1, ...all], error: undefined })
    expect(early.notices[0]).toMatch(/going on with another from where the run began$/)
    expect(await digests("early")).toEqual(await digests("whole"))

    const { opened } = late
    expect(opened.length).toBe(2)
    for (const backend of opened) {
      const used = () => backend.upload(new Float32Array(1), { dtype: "f32", shape: [] })
      expect(used).toThrow("was disposed")
    }
  })

  test("gives up where three were lost without a step further", async () => {
    const run = await disturbed(options("run"), (_, step) => step === 3)
    expect(run.error).toBeInstanceOf(DeviceLostError)
    expect(run.steps).toEqual([1, 2, 3, 3, 3])
    expect(run.notices.length).toBe(2)
    expect(await readdir(join(folder, "run"))).toContain("checkpoint-000002")
  })

  test("ends a run whose backend is one, and what was saved is whole", async () => {
    const backend = await webgpuBackend()
    const run = (resume: boolean, on: Backend) =>
      pretrain({ ...options("run"), backend: on, resume })
    const lost = async () => {
      for await (const { step } of run(false, backend)) if (step === 3) lose(backend)
    }
    await expect(lost()).rejects.toThrow(DeviceLostError)
    await backend.dispose()
    const other = await webgpuBackend()
    const steps: number[] = []
    for await (const { step } of run(true, other)) steps.push(step)
    await other.dispose()
    expect(steps).toEqual([3, 4, 5, 6])
  })

  test("is replaced when it goes while the step is compiled", async () => {
    const opened: Backend[] = []
    const notices: string[] = []
    const run = pretrain({
      ...options("run"),
      backend: async () => {
        opened.push(await webgpuBackend())
        return opened.at(-1)!
      },
      onCompile: () => {
        if (opened.length === 1) lose(opened[0]!)
      },
      onNotice: (line) => notices.push(line),
    })
    const steps: number[] = []
    for await (const { step } of run) steps.push(step)
    expect(steps).toEqual(all)
    expect(notices).toEqual([expect.stringMatching(/^before a step was done, the GPU device was/)])
  })
})
