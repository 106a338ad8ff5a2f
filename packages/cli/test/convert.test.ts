import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fromFloats, openCheckpoint, writeModel, writePth } from "@tubelet/checkpoint"
import { classifierConfig, classifierModel, pretrainModel, targetNamed } from "@tubelet/models"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { writeOnnxFile } from "../src/setup/onnx-file.js"
import { tinyModel, tubelet } from "./project.js"

let folder: string
const at = (name: string) => join(folder, name)

const save = (
  path: string,
  specs: Readonly<Record<string, { readonly shape: readonly number[] }>>,
) =>
  writePth(
    path,
    Object.fromEntries(
      Object.entries(specs).map(([name, { shape }], i) => {
        const size = shape.reduce((n, d) => n * d, 1)
        return [name, fromFloats(shape, new Float32Array(size).fill(i / 64))]
      }),
    ),
  )

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tubelet-convert-"))
  const target = targetNamed("pixels")
  await save(at("whole.pth"), pretrainModel(tinyModel as never, { target }).specs)
  const { specs } = classifierModel(classifierConfig("videomae-ti", { classes: 5 }))
  await save(at("classifier.pth"), specs)
  const { "head.bias": _, ...rest } = specs
  await save(at("damaged.pth"), rest)
})
afterAll(() => rm(folder, { recursive: true }))

describe("inspect", () => {
  test("says what a checkpoint is and which model it fits", async () => {
    const { code, stdout } = await tubelet("inspect", at("classifier.pth"), "--json")
    expect(code).toBe(0)
    const found = JSON.parse(stdout)
    expect(found).toMatchObject({
      ...{ format: "pth", container: ["model"], naming: "official", contents: "classifier" },
      ...{ missing: [], unexpected: [], mismatched: [] },
      model: { kind: "classifier", presets: ["videomae-ti", "videomaev2-ti"] },
    })
    expect(found.tensors).toContainEqual({ name: "head.bias", dtype: "F32", shape: [5] })
  })

  test("names what is missing", async () => {
    const { stdout } = await tubelet("inspect", at("damaged.pth"))
    expect(stdout).toMatch(/^missing +1: head.bias$/m)
    expect(stdout).toMatch(/^format +pth, in "model"$/m)
  })

  test("says that the config.json beside it is broken", async () => {
    const model = at("broken/model.pth")
    await mkdir(at("broken"))
    await cp(at("classifier.pth"), model)
    await writeFile(at("broken/config.json"), '{ "model_type": ')
    const { code, stderr } = await tubelet("inspect", model)
    expect(code).toBe(1)
    expect(stderr).toMatch(/broken\/config.json is not a JSON object/)
  })
})

describe("convert", () => {
  const run = (input: string, to: string, out: string, ...more: string[]) =>
    tubelet("convert", at(input), "--to", to, "--out", at(out), ...more)

  test("writes a folder for transformers, and back", async () => {
    expect(await run("classifier.pth", "hf", "hf")).toMatchObject({ code: 0 })
    const files = ["config.json", "model.safetensors", "preprocessor_config.json"]
    expect((await readdir(at("hf"))).sort()).toEqual(files)
    const config = JSON.parse(await readFile(at("hf/config.json"), "utf8"))
    expect(config).toMatchObject({
      architectures: ["VideoMAEForVideoClassification"],
      ...{ hidden_size: 192, num_attention_heads: 3, layer_norm_eps: 1e-6 },
    })
    expect(Object.keys(config.id2label)).toHaveLength(5)
    expect(await run("hf", "official", "back.pth")).toMatchObject({ code: 0 })
    const [before, after] = [
      await openCheckpoint(at("classifier.pth")),
      await openCheckpoint(at("back.pth")),
    ]
    expect([...after.names].sort()).toEqual([...before.names].sort())
    for (const name of ["blocks.3.attn.qkv.weight", "blocks.0.attn.v_bias"]) {
      expect(await after.read(name)).toEqual(await before.read(name))
    }
    await Promise.all([before.close(), after.close()])
  })

  test("rounds floats where told, and writes timm's names", async () => {
    expect(await run("classifier.pth", "timm", "t.safetensors", "--dtype", "bf16")).toMatchObject({
      code: 0,
    })
    const { stored } = await openCheckpoint(at("t.safetensors"))
    expect(stored.dtype("blocks.0.attn.qkv.bias")).toBe("BF16")
    await stored.close()
  })

  test("says what a format does not support", async () => {
    const all = await run("whole.pth", "timm", "encoder.safetensors")
    expect(all.stderr).toMatch(/left out \d+ tensors that timm does not support: .*and \d+ more/)
    const { stdout } = await run("whole.pth", "timm", "encoder.safetensors", "--json")
    const { leftOut } = JSON.parse(stdout)
    expect(leftOut).toEqual(expect.arrayContaining(["mask_token", "decoder.head.bias"]))
    expect(leftOut.every((name: string) => !name.startsWith("encoder."))).toBe(true)
    const classifier = await run("classifier.pth", "timm", "t.safetensors", "--json")
    expect(JSON.parse(classifier.stdout).leftOut).toEqual([])
  })

  test("exports a classifier to ONNX", async () => {
    expect(await run("classifier.pth", "onnx", "model.onnx")).toMatchObject({ code: 0 })
    expect((await readFile(at("model.onnx"))).length).toBeGreaterThan(20e6)
    const narrow = await run("classifier.pth", "onnx", "narrow.onnx", "--dtype", "f16")
    expect(narrow).toMatchObject({ code: 2 })
    const { code, stderr } = await tubelet("inspect", at("model.onnx"))
    expect(code).toBe(1)
    expect(stderr).toMatch(/is not a checkpoint but an ONNX model.*\n.*exported from/)
  })

  test("puts ONNX weights that are too many for one file into one beside it", async () => {
    const model = classifierModel(classifierConfig("videomae-ti", { classes: 5 }))
    const weights = model.initialise(0)
    const out = at("large.onnx")
    const most = 20e6
    expect(await writeOnnxFile(out, model, weights, most)).toEqual([out, `${out}.data`])
    const [file, data] = [await readFile(out), await readFile(`${out}.data`)]
    expect(file.length).toBeLessThan(2e6)
    expect(file.includes("large.onnx.data")).toBe(true)
    expect(data.length).toBeGreaterThan(most)
    expect(data.includes(Buffer.from(weights["blocks.11.mlp.fc2.weight"].buffer))).toBe(true)
    expect(await writeOnnxFile(out, model, weights)).toEqual([out])
    expect((await readFile(out)).length).toBeGreaterThan(most)
  })

  test("refuses what cannot be", async () => {
    expect((await run("damaged.pth", "hf", "x")).stderr).toMatch(/1 tensors are missing/)
    expect((await run("whole.pth", "onnx", "x.onnx")).stderr).toMatch(/is a pre-training model/)
    expect(await run("whole.pth", "official", "x.zip")).toMatchObject({ code: 2 })
    expect(await run("whole.pth", "hf", "pre")).toMatchObject({ code: 0 })
  })
})

test("a run that predicts plain pixels says so to transformers", async () => {
  const run = at("run")
  await writeModelFolder(run)
  await tubelet("convert", run, "--to", "hf", "--out", at("plain"))
  const config = JSON.parse(await readFile(at("plain/config.json"), "utf8"))
  expect(config).toMatchObject({ norm_pix_loss: false, num_attention_heads: 2, num_frames: 4 })
})

/** The newest checkpoint of a run, as `pretrain` leaves it. */
async function writeModelFolder(run: string): Promise<void> {
  const folder = join(run, "checkpoint-000002")
  const whole = await openCheckpoint(at("whole.pth"))
  await writeModel(folder, Object.fromEntries(whole.tensors))
  await whole.close()
  await writeFile(
    join(folder, "config.json"),
    JSON.stringify({ model: tinyModel, target: "pixels" }),
  )
}
