import { mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { openSafetensors } from "@tubelet/checkpoint"
import { compile, mean } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import { classifierConfig, classifierModel } from "@tubelet/models"
import { windowsOf } from "@tubelet/video"
import { afterAll, beforeAll, expect, test } from "vitest"
import { npyOf } from "../src/extract/npy.js"
import { makeBadClip, makeProject, tinyModel, tubelet } from "./project.js"

let folder: string
const at = (...path: string[]) => join(folder, ...path)

beforeAll(async () => {
  folder = await makeProject()
  const run = ["--config", at("tiny.json"), "--data", at("clips"), "--steps", "1"]
  const { code, stderr } = await tubelet("pretrain", ...run, "--out", at("pre"))
  expect(code, stderr).toBe(0)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const extract = (input: string, out: string, ...argv: string[]) =>
  tubelet(
    ...["extract", input, "--checkpoint", at("pre"), "--out", out, "--step", "1"],
    ...["--backend", "cpu", "--json", ...argv],
  )

/** The rows of a NumPy file. */
async function rowsIn(path: string, columns: number): Promise<Float32Array[]> {
  const bytes = await readFile(path)
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset + 128))
  return Array.from({ length: values.length / columns }, (_, i) =>
    values.subarray(i * columns, (i + 1) * columns),
  )
}

test("each video gives the features of its windows", async () => {
  const { code, stdout, stderr } = await extract(at("clips"), at("features"))
  expect(code, stderr).toBe(0)
  // Six frames hold three windows of four.
  const { shape, files } = JSON.parse(stdout)
  expect([shape, files.length]).toEqual([[3, 24], 3])
  const rows = await rowsIn(at("features/clip-1.npy"), 24)

  const config = { ...tinyModel, system: "videomaev2" as const, decoder: tinyModel.encoder }
  const model = classifierModel(classifierConfig(config, { classes: 0, pool: "none" }))
  const stored = await openSafetensors(at("pre/checkpoint-000001/model.safetensors"))
  const params: Record<string, Float32Array> = {}
  for (const name of Object.keys(model.specs)) params[name] = await stored.floats(`encoder.${name}`)
  await stored.close()
  const encode = await compile(
    referenceBackend(),
    ({ params, clips }) => ({ row: mean(model.features(params, { clips }), 1) }),
    { specs: { params: model.specs, clips: model.inputSpecs(1, "f32").clips } },
  )
  const windows = windowsOf({ path: at("clips/clip-1") }, { frames: 4, step: 1, size: 32 })
  const starts: number[] = []
  for await (const { start, clip } of windows) {
    const row = await encode.run({ params, clips: clip }).row.data()
    for (const [i, value] of rows[starts.length].entries()) expect(value).toBeCloseTo(row[i], 4)
    starts.push(start)
  }
  expect(starts).toEqual([0, 1, 2])
})

test("an interrupted extraction resumes, with the same settings only", async () => {
  const out = at("resumed")
  await extract(at("clips"), out)
  const whole = await readFile(join(out, "clip-2.npy"))
  await rm(join(out, "clip-2.npy"))
  const { stdout, stderr } = await extract(at("clips"), out, "--resume")
  expect(stderr).toContain("2 files already exist")
  expect(JSON.parse(stdout).files).toHaveLength(1)
  expect(await readFile(join(out, "clip-2.npy"))).toEqual(whole)
  const other = await extract(at("clips"), out, "--resume", "--normalise")
  expect(other.stderr).toContain("are those of normalise false, not true")
  const anew = await extract(at("clips"), out, "--normalise")
  expect(anew.code, anew.stderr).toBe(0)
  expect(await readFile(join(out, "clip-2.npy"))).not.toEqual(whole)
})

test("a video that cannot be read is named; a file that is not ours stays", async () => {
  await makeBadClip(at("clips"))
  const { code, stdout, stderr } = await extract(at("clips"), at("with-bad"))
  expect([code, JSON.parse(stdout).files.length]).toEqual([0, 3])
  expect(stderr).toMatch(/skipped .*bad/)
  await rm(at("clips/bad"), { recursive: true })
  await mkdir(at("theirs"))
  await writeFile(at("theirs/clip-0.npy"), npyOf([Float32Array.of(1)]))
  const refused = await extract(at("clips"), at("theirs"))
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("already exists")])
})
