import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { sizeOf } from "@tubelet/core"
import { type PretrainConfig, pretrainModel } from "@tubelet/models"
import { stepFlops } from "@tubelet/models/flops"
import { defaultMasks, tokenCounts } from "@tubelet/train"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { tinyModel, tubelet } from "./project.js"

let folder: string
let config: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tubelet-plan-"))
  config = join(folder, "tiny.json")
  await writeFile(config, JSON.stringify({ model: tinyModel, backend: "cpu", threads: 1 }))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function plan(...argv: string[]) {
  const { code, stdout } = await tubelet("plan", "--config", config, "--json", ...argv)
  expect(code).toBe(0)
  return JSON.parse(stdout)
}

describe("tubelet plan", () => {
  const model = pretrainModel(tinyModel as PretrainConfig)
  const params = Object.values(model.specs).reduce((n, { shape }) => n + sizeOf(shape), 0)

  test("counts a pre-training step, and times one of fewer blocks", async () => {
    const counts = tokenCounts(model, defaultMasks("videomaev2"))
    const found = await plan("--batch", "3", "--steps", "10")
    expect(found).toMatchObject({ task: "pretrain", system: "videomaev2", params, ...counts })
    expect(found.flops.step).toBe(3 * stepFlops(model.config, counts))
    // Two moments per weight, and two bias corrections.
    expect(found.memoryBytes.state).toBe(12 * params + 8)
    const { state, step, program, total } = found.memoryBytes
    expect(total).toBe(state + step + program)
    expect(step).toBeGreaterThan(4 * params)
    expect(found.secondsPerStep).toBeGreaterThan(0)
    expect(found.seconds).toBeCloseTo(10 * found.secondsPerStep, 9)
  })

  test("counts fine-tuning where classes are given", async () => {
    const found = await plan("--batch", "1", "--classes", "7")
    expect(found).toMatchObject({ task: "finetune", tokens: 32, repeats: 2 })
    expect(found.params).toBeLessThan(params)
    expect(found).not.toHaveProperty("seconds")
  })

  test("counts every repeat of a clip", async () => {
    const counts = tokenCounts(model, defaultMasks("videomaev2"))
    const found = await plan("--batch", "2", "--repeats", "3")
    expect(found).toMatchObject({ batch: 2, repeats: 3 })
    expect(found.flops.step).toBe(6 * stepFlops(model.config, counts))
    expect(found.samplesPerSecond).toBeCloseTo(6 / found.secondsPerStep, 9)
  })

  test("takes the masks of a run, unless flags set others", async () => {
    const run = join(folder, "run")
    await mkdir(run)
    const masks = { masking: "random-video", maskRatio: 0.5, decoderMaskRatio: 0 }
    const fields = { model: tinyModel, steps: 1, ...masks }
    await writeFile(join(run, "config.json"), JSON.stringify(fields))
    const counts = async (...flags: string[]) => {
      const argv = ["--model", run, "--backend", "cpu", "--threads", "1", "--json", ...flags]
      const { stdout } = await tubelet("plan", "--batch", "1", ...argv)
      const { visible, targets } = JSON.parse(stdout)
      return { visible, targets }
    }
    expect(await counts()).toEqual({ visible: 16, targets: 16 })
    expect(await counts("--mask-ratio", "0.75")).toEqual({ visible: 8, targets: 24 })
  })

  test("prints it line by line", async () => {
    const { stdout } = await tubelet("plan", "--config", config, "--batch", "2")
    expect(stdout).toMatch(/parameters .* million\ntokens .*\nFLOPs .*GFLOP/)
    expect(stdout).toMatch(/memory .*MiB: .* weights and optimizer/)
  })
})
