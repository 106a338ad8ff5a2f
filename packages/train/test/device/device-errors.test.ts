import { createHash } from "node:crypto"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { webgpuBackend } from "@tubelet/backend-webgpu"
import type { Backend } from "@tubelet/core"
import { afterEach, beforeEach, expect, test } from "vitest"
import { memoryClips, type PretrainOptions, pretrain } from "../../src/index.js"
import { noiseClips, tinyConfig, tinyMasks, tinyModel } from "../tiny.js"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tubelet-lost-"))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** What a backend on a GPU has beside the contract. */
interface Filled extends Backend {
  readonly gpu: GPUDevice
  readonly buffers: { readonly memoryBytes: number }
}

/** Takes a backend's device away, as a driver that fails does. */
const lose = (backend: Backend) => (backend as Filled).gpu.destroy()

const options = (out: string): Omit<PretrainOptions, "backend"> => ({
  model: tinyModel("videomae"),
  masks: tinyMasks("videomae"),
  data: memoryClips(noiseClips(5, tinyConfig("videomae"))),
  ...{ batch: 2, steps: 4, warmup: 1, learningRate: 1e-2, seed: 3 },
  ...{ saveEvery: 2, out: join(folder, out) },
})

/** Digests of what a run leaves, so that a difference prints as one line. */
const digests = async (out: string) => {
  const names = ["model", "optimizer"].map((name) => `${name}.safetensors`)
  const digest = async (name: string) =>
    createHash("sha256")
      .update(await readFile(join(folder, out, "checkpoint-000004", name)))
      .digest("hex")
  return Object.fromEntries(await Promise.all(names.map(async (n) => [n, await digest(n)])))
}

const loggedSteps = async (out: string) =>
  (await readFile(join(folder, out, "metrics.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).step)

/** Runs on one device after another; `losing` may take the device away. */
async function run(
  out: string,
  losing: (lose: () => void, at: { readonly device: number; readonly step: number }) => void,
) {
  const notices: string[] = []
  const steps: number[] = []
  const opened: Backend[] = []
  const look = (step: number) => losing(() => lose(opened.at(-1)!), { device: opened.length, step })
  const results = pretrain({
    ...options(out),
    async backend() {
      opened.push(await webgpuBackend())
      return opened.at(-1)!
    },
    onCompile: () => look(0),
    onNotice: (line) => notices.push(line),
  })
  for await (const { step } of results) {
    steps.push(step)
    look(step)
  }
  return { notices, steps, opened }
}

test("lost devices are replaced, the run ends with the bytes of an undisturbed one", async () => {
  const whole = await run("whole", () => {})
  expect(whole).toMatchObject({ steps: [1, 2, 3, 4], notices: [] })
  const disturbed = await run("disturbed", (lose, { device, step }) => {
    if (device === 1 && step === 0) lose() // While it compiles.
    if (device === 2 && step === 3) lose()
  })
  expect(disturbed.steps).toEqual([1, 2, 3, 3, 4])
  expect(disturbed.notices).toEqual([
    expect.stringMatching(/^before the first step, the GPU device was lost .* the run started$/),
    expect.stringMatching(/^after step 3, the GPU device was lost .* from .*checkpoint-000002$/),
    "resuming after step 2 of 4, epoch 0",
  ])
  expect(await digests("disturbed")).toEqual(await digests("whole"))
  expect(await loggedSteps("disturbed")).toEqual([1, 2, 3, 4])
  expect(await readdir(join(folder, "disturbed"))).toEqual(await readdir(join(folder, "whole")))
  for (const backend of disturbed.opened) {
    const use = () => backend.upload(new Float32Array(1), { dtype: "f32", shape: [] })
    expect(use).toThrow("was disposed")
  }
})

test("findNan names the op that broke", async () => {
  const model = tinyModel("videomae")
  const init = model.initialise(0)
  init["decoder.head.bias"].fill(3e38)
  const { out: _, ...given } = options("run")
  const broken = pretrain({ ...given, model, init, findNan: true, backend: webgpuBackend })
  const message =
    /^(mul|square) \(.*\.ts:\d+:\d+\) is the first op .* computing \S*loss; .* 3.00e\+38/
  await expect(broken.next()).rejects.toThrow(message)
})

test("a model too large for the GPU is refused before its weights are drawn", async () => {
  const backend = await webgpuBackend()
  Object.assign((backend as Filled).buffers, { memoryBytes: 2 ** 12 })
  const { out: _, ...given } = options("run")
  let drawn = 0
  const run = pretrain({ ...given, backend, onInit: () => drawn++ })
  await expect(run.next()).rejects.toThrow(
    /memory for weights and optimizer state: requested [\d.]+ MiB.*\nuse a smaller/,
  )
  expect(drawn).toBe(0)
  await backend.dispose()
})

test.each([
  ["intermediates", "the intermediates of a compiled function"],
  ["heap", "i32["],
])(
  "running out of GPU memory for %s reports what was requested, what is in use and what to reduce",
  async (label, purpose) => {
    const backend = (await webgpuBackend()) as Filled
    const { gpu } = backend
    const create = gpu.createBuffer.bind(gpu)
    const impossible = 2 ** 50
    gpu.createBuffer = (wish) => create(wish.label === label ? { ...wish, size: impossible } : wish)
    const { out: _, ...given } = options("run")
    const failed = pretrain({ ...given, backend }).next()
    await expect(failed).rejects.toThrow(`out of GPU memory for ${purpose}`)
    await expect(failed).rejects.toThrow(
      /: requested [\d.]+ MiB, in use [\d.]+ MiB .*\nuse a smaller/,
    )
    await backend.dispose().catch(() => {})
  },
)
