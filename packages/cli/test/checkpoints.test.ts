import { readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { makeProject, tubelet } from "./project.js"

let folder: string
const at = (name: string) => join(folder, name)
beforeAll(async () => {
  folder = await makeProject()
})
afterAll(() => rm(folder, { recursive: true }))

/** Made by packages/checkpoint/scripts/make-models.py; what `args` say is 6 frames of 24 pixels. */
const models = (name: string) =>
  fileURLToPath(new URL(`../../checkpoint/test/data/models/${name}`, import.meta.url))

const inspected = async (...given: string[]) => {
  const { code, stdout, stderr } = await tubelet("inspect", ...given, "--json")
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return JSON.parse(stdout)
}

describe("what a file says of itself", () => {
  test("is told by inspect, with where each value is from", async () => {
    const { model, says, notes } = await inspected(models("whole.pth"))
    expect(model).toMatchObject({
      ...{ kind: "pretrain", target: "pixels", assumed: ["encoder.heads", "decoder.heads"] },
      config: { system: "videomae", imageSize: 24, frames: 6, patchSize: 4, tubelet: 2 },
      from: {
        ...{ system: "args", imageSize: "args", frames: "args", target: "args" },
        ...{ patchSize: "tensor shapes", "encoder.heads": "assumed" },
      },
    })
    expect(says).toMatchObject({ masking: "tube", maskRatio: 0.5, stride: 1 })
    expect(notes).toEqual([])
    const { stdout } = await tubelet("inspect", models("whole.pth"))
    expect(stdout).toMatch(/^frames +6 \(args\)$/m)
    expect(stdout).toMatch(/^encoder\.heads +3 \(assumed; override with --heads\)$/m)
    expect(stdout).toMatch(/^target +pixels \(args\)$/m)
  })

  test("is what it is reconstructed as", async () => {
    const given = [at("clips/clip-0"), "--checkpoint", models("whole.pth"), "--out", at("said")]
    given.push("--backend", "cpu", "--threads", "1")
    const { code, stdout, stderr } = await tubelet("reconstruct", ...given, "--json")
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(JSON.parse(stdout)).toMatchObject({ hidden: 0.5, statistics: "none" })
    expect(stderr).toMatch(
      /the checkpoint is videomae; assumed: encoder\.heads 3, decoder\.heads \d/,
    )
    expect(stderr).not.toMatch(/assumed.*(frames|imageSize)|it predicts normalised/)
  })

  /** How many numbers a mask has to have: the grid's size. */
  async function tokens(name: string, ...more: string[]): Promise<number> {
    await writeFile(at("mask.json"), "[0]")
    const given = [at("clips/clip-0"), "--checkpoint", models(name), "--mask", at("mask.json")]
    const { stderr } = await tubelet("reconstruct", ...given, "--stride", "1", ...more)
    return Number(/JSON array of (\d+) numbers/.exec(stderr)?.[1])
  }

  test("is overruled by flags", async () => {
    expect(await tokens("whole.pth", "--frames", "4", "--size", "32")).toBe(2 * 8 * 8)
    const flags = ["--heads", "2", "--decoder-heads", "1", "--target", "normalised"]
    const { model } = await inspected(models("whole.pth"), ...flags, "--system", "videomaev2")
    expect(model).toMatchObject({
      ...{ target: "normalised", assumed: [] },
      config: { system: "videomaev2", encoder: { heads: 2 }, decoder: { heads: 1 } },
      from: { system: "--system", "encoder.heads": "--heads", target: "--target" },
    })
  })

  test("and a flag agree with the tensors, or the flag is wrong", async () => {
    for (const [flag, reason] of [
      [["--system", "mae"], /--system mae does not match .*: its tensors have system videomae/],
      [["--heads", "5"], /--heads 5 does not match .* a width of 6/],
      [["--model", "videomae-b"], /--model does not match .* tensors have/],
      [["--size", "30"], /6 frames of 30 pixels cannot be cut/],
      [["--frames", "5"], /5 frames of 24 pixels cannot be cut/],
    ] as const) {
      const { code, stderr } = await tubelet("inspect", models("whole.pth"), ...flag)
      expect({ flag, code: code > 0, stderr }).toMatchObject({ flag, code: true })
      expect(stderr).toMatch(reason)
    }
  })

  test("is the model of a run that begins with it, and of a plan", async () => {
    const run = ["--data", at("clips"), "--out", at("begun"), "--init", models("whole.pth")]
    const { stdout, stderr } = await tubelet("pretrain", ...run, "--dry-run", "--json")
    expect(JSON.parse(stdout || "{}"), stderr).toMatchObject({
      ...{ frames: 6, size: 24, target: "pixels" },
      model: { system: "videomae", encoder: { dim: 6 } },
    })
    const steps = ["--steps", "1", "--batch", "2", "--workers", "0", "--backend", "cpu"]
    const once = [...steps, "--warmup", "0", "--stride", "1", "--threads", "1"]
    expect(await tubelet("pretrain", ...run, ...once)).toMatchObject({ code: 0 })
    const saved = JSON.parse(await readFile(at("begun/config.json"), "utf8"))
    expect(saved).toMatchObject({ frames: 6, size: 24, target: "pixels" })
    const flags = ["--backend", "cpu", "--threads", "1", "--batch", "1"]
    const plan = await tubelet("plan", "--model", models("whole.pth"), ...flags, "--json")
    expect(JSON.parse(plan.stdout)).toMatchObject({ tokens: 108, system: "videomae" })
    const step = ["bench", "step", "--model", models("whole.pth"), "--steps", "1", "--warmup", "0"]
    const timed = await tubelet(...step, ...flags, "--frames", "4", "--json")
    expect(JSON.parse(timed.stdout)).toMatchObject({ tokens: 72 })
  })

  test("goes into what is written for others", async () => {
    const given = [models("whole.pth"), "--to", "hf", "--out", at("theirs")]
    expect(await tubelet("convert", ...given)).toMatchObject({ code: 0 })
    const config = JSON.parse(await readFile(at("theirs/config.json"), "utf8"))
    expect(config).toMatchObject({ num_frames: 6, image_size: 24, norm_pix_loss: false })
    const told = [models("whole.ckpt"), "--to", "hf", "--out", at("told")]
    const assumed = await tubelet("convert", ...told, "--frames", "8", "--target", "pixels")
    expect(assumed.stderr).toMatch(/assumed: .*imageSize 224 .*--size/)
    expect(assumed.stderr).not.toMatch(/frames 16|it predicts normalised/)
    const written = JSON.parse(await readFile(at("told/config.json"), "utf8"))
    expect(written).toMatchObject({ num_frames: 8, image_size: 224, norm_pix_loss: false })
  })
})

describe("what lies beside a model", () => {
  test("is named as unexpected, and left out", async () => {
    const { unexpected, missing, prefixes } = await inspected(models("whole.ckpt"))
    expect({ unexpected, missing, prefixes }).toEqual({
      ...{ missing: [], prefixes: ["model."] },
      unexpected: ["criterion.weight", "metric.total"],
    })
    const given = [at("clips/clip-0"), "--checkpoint", models("whole.ckpt"), "--out", at("beside")]
    const flags = ["--frames", "4", "--size", "16", "--stride", "1"]
    const { code, stderr } = await tubelet("reconstruct", ...given, ...flags)
    expect(code).toBe(0)
    expect(stderr).toMatch(/ignored in .*whole.ckpt: criterion.weight, metric/)
    const out = ["--to", "official", "--out", at("official.pth"), "--json"]
    const { stdout } = await tubelet("convert", models("whole.ckpt"), ...out)
    expect(JSON.parse(stdout).leftOut).toEqual(["criterion.weight", "metric.total"])
  })

  test("another model is chosen by its key", async () => {
    const given = ["inspect", models("whole-pair.pth")]
    const { code, stderr } = await tubelet(...given)
    expect(code).toBe(1)
    expect(stderr).toMatch(/contains 2 models\n.*student, teacher/)
    const { container, alternatives } = await inspected(given[1], "--checkpoint-key", "teacher")
    expect({ container, alternatives }).toEqual({
      container: ["teacher"],
      alternatives: ["student"],
    })
  })
})
