import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { openSafetensors, writeSafetensors } from "@tubelet/checkpoint"
import { afterAll, beforeAll, expect, test } from "vitest"
import { makeActions, makeProject, tinyModel, tubelet } from "./project.js"

let folder: string
const at = (...path: string[]) => join(folder, ...path)

beforeAll(async () => {
  folder = await makeProject()
  await makeActions(folder)
  await writeFile(at("model.json"), JSON.stringify(tinyModel))
  const flags = ["--data", at("clips"), "--out", at("pre"), "--steps", "1", "--warmup", "0"]
  const { code, stderr } = await tubelet("pretrain", "--config", at("tiny.json"), ...flags)
  expect(code, stderr).toBe(0)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const common = [
  ...["--batch", "3", "--steps", "2", "--warmup", "0", "--lr", "1e-2", "--stride", "1"],
  ...["--workers", "0", "--threads", "1", "--backend", "cpu", "--json"],
]
const pretrained = () => ["--init", at("pre")]
const fresh = () => ["--model", at("model.json"), "--allow-fresh"]

let runs = 0

/** Fine-tunes on the training clips, with none to score. */
const finetune = (start: readonly string[], ...argv: string[]) => {
  const data = ["--data", at("actions/train"), "--out", at(`run-${runs++}`)]
  return tubelet("finetune", ...start, ...data, ...common, ...argv)
}

/** The last loss of a run, and its last weights. */
async function learned(start: readonly string[], ...argv: string[]) {
  const { code, stdout, stderr } = await finetune(start, ...argv)
  expect(code, stderr).toBe(0)
  const { loss, checkpoint } = JSON.parse(stdout)
  return { stderr, loss: loss as number, weights: await weightsIn(checkpoint) }
}

/** The weights in a checkpoint. */
async function weightsIn(checkpoint: string): Promise<Record<string, readonly number[]>> {
  const file = await openSafetensors(join(checkpoint, "model.safetensors"))
  try {
    const named = file.names.map(async (name) => [name, [...(await file.floats(name))]] as const)
    return Object.fromEntries(await Promise.all(named))
  } finally {
    await file.close()
  }
}

/** Writes the pre-trained weights without one tensor of the encoder. Returns the file's path. */
async function withoutTensor(lost: string): Promise<string> {
  const file = await openSafetensors(at("pre/checkpoint-000001/model.safetensors"))
  const left = file.names.filter((name) => name !== lost)
  expect(left).toHaveLength(file.names.length - 1)
  const tensors = left.map(async (name) => {
    const bytes = new Uint8Array((await file.floats(name)).slice().buffer)
    return [name, { dtype: "F32", shape: file.shape(name), bytes }] as const
  })
  const path = at("partial.safetensors")
  await writeSafetensors(path, Object.fromEntries(await Promise.all(tensors)))
  await file.close()
  return path
}

test("weights that lack part of the encoder are refused, unless it may be random", async () => {
  const lost = "encoder.blocks.0.mlp.fc2.bias"
  const partial = ["--init", await withoutTensor(lost)]
  const refused = await finetune(partial)
  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(
    /has only 14 of 15 encoder tensors; missing: \S*blocks\.0\.mlp\.fc2\.bias\n.*--allow-fresh/,
  )
  const { stderr, weights } = await learned([...partial, "--allow-fresh"], "--lr", "0")
  expect(stderr).toMatch(/14 of 15 encoder tensors from/)
  const { weights: whole } = await learned(pretrained(), "--lr", "0")
  const name = lost.replace("encoder.", "")
  expect(weights[name].every((bias) => bias === 0)).toBe(true)
  expect({ ...weights, [name]: whole[name] }).toEqual(whole)
})

test("--balance repeats the clips of rare classes, and --class-weights weighs them", async () => {
  const plain = await learned(pretrained())
  const balanced = await learned(pretrained(), "--balance")
  expect([plain, balanced].map(({ stderr }) => stderr.match(/on (\d) clips/)?.[1])).toEqual([
    "3",
    "4",
  ])
  const weighted = await learned(pretrained(), "--class-weights", "balanced")
  const none = await learned(pretrained(), "--class-weights", "none")
  expect(none.loss).toBe(plain.loss)
  expect(new Set([plain, balanced, weighted].map(({ loss }) => loss)).size).toBe(3)
})

test("--freeze encoder:1 leaves the embedding and the first block as they were", async () => {
  const [frozen, free] = [
    await learned(pretrained(), "--freeze", "encoder:1"),
    await learned(pretrained()),
  ]
  const before = await weightsIn(at("pre/checkpoint-000001"))
  const kept = Object.keys(frozen.weights).filter((name) => /^(patch_embed|blocks\.0)\./.test(name))
  expect(kept).toHaveLength(15)
  for (const name of kept) {
    expect([name, frozen.weights[name]]).toEqual([name, before[`encoder.${name}`]])
  }
  expect(kept.every((name) => String(free.weights[name]) === String(frozen.weights[name]))).toBe(
    false,
  )
  expect(frozen.weights["head.bias"].some((bias) => bias !== 0)).toBe(true)
})

test("--weight-init draws a new encoder", async () => {
  const deviation = async (...argv: string[]) => {
    const { weights } = await learned(fresh(), "--lr", "0", ...argv)
    const values = weights["blocks.0.mlp.fc1.weight"]
    return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length)
  }
  expect(await deviation()).toBeCloseTo(0.02, 2)
  expect(await deviation("--weight-init", "truncated-normal")).toBeCloseTo(0.02, 2)
  // Uniform up to the root of 6 / (24 + 48).
  expect(await deviation("--weight-init", "xavier")).toBeCloseTo(Math.sqrt(2 / 72), 2)
})

test("--init-scale scales the new head", async () => {
  const head = async (...argv: string[]) =>
    (await learned(pretrained(), "--lr", "0", ...argv)).weights["head.weight"]
  const [scaled, plain] = [await head("--init-scale", "1"), await head()]
  for (const [i, value] of scaled.entries()) expect(plain[i] / value).toBeCloseTo(0.001, 6)
})

test("how a recipe samples clips changes what is learned", async () => {
  const { loss } = await learned(pretrained())
  const settings = [["--stride", "2"], ["--sampling", "segments"], ["--directional"]]
  for (const setting of settings) {
    expect([setting, (await learned(pretrained(), ...setting)).loss]).not.toEqual([setting, loss])
  }
})
