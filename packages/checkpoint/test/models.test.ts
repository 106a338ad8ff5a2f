import { describe, expect, test } from "vitest"
import { encodeSafetensors, fromFloats, openCheckpoint } from "../src/index.js"
import { data } from "./data.js"

const models = (name: string) => data(`models/${name}`)

/** What is found in a file; `value` is by which make-models.py tells its models apart. */
async function opened(name: string, key?: string) {
  const file = await openCheckpoint(models(name), key === undefined ? {} : { key })
  const [value] = await file.floats("encoder.patch_embed.proj.weight")
  await file.close()
  const { stored, prefixes, foreign, names, contents } = file
  const { container, alternatives } = stored
  return { value, container, prefixes, foreign, alternatives, names, contents }
}

const own = ["encoder.patch_embed.proj.weight", "encoder.blocks.0.mlp.fc1.weight", "mask_token"]
const alone = { foreign: [], alternatives: [], names: own, contents: "pre-training", value: 0 }

describe("a model is found by its names, whatever their prefix", () => {
  test.each([
    ["authors.pth", { ...alone, container: ["model"], prefixes: [] }],
    [
      "lightning.ckpt",
      {
        ...{ ...alone, container: ["state_dict"], prefixes: ["model."] },
        foreign: ["criterion.weight", "metric.total"],
      },
    ],
    [
      "compiled.pth",
      {
        ...{ ...alone, container: ["state", "model"], prefixes: ["net.", "_orig_mod."] },
        foreign: ["net.projector.weight"],
      },
    ],
    ["swa.pth", { ...alone, container: [], prefixes: ["module."], foreign: ["n_averaged"] }],
    ["legacy-form.pth", { ...alone, container: ["net"], prefixes: ["_orig_mod.", "module."] }],
  ])("in %s", async (name, expected) => {
    expect(await opened(name)).toEqual(expected)
  })

  const part = (...values: number[]) => fromFloats([values.length], Float32Array.from(values))
  const official = ["", "module.encoder.", "student_net.", "a.b.c.d.", "model.module._orig_mod."]
  const hubs = ["model.vit.embeddings", "videomae.embeddings", "x.embeddings", "embeddings"]

  test.each([
    ...official.map((prefix) => `${prefix}patch_embed.proj`),
    ...hubs.map((prefix) => `${prefix}.patch_embeddings.projection`),
  ])("%s", async (name) => {
    const shape = name.includes("videomae") ? [1, 1, 1, 1, 1] : [1, 1, 1, 1]
    const weights = { [`${name}.weight`]: fromFloats(shape, new Float32Array(1)) }
    const file = await openCheckpoint(await encodeSafetensors(weights))
    expect(file.names[0]).toMatch(/^(encoder\.)?patch_embed\.proj\.weight$/)
    expect(file.foreign).toEqual([])
  })

  test("a head next to a backbone belongs to it, other heads do not", async () => {
    const patch = fromFloats([1, 3, 1, 1], new Float32Array(3))
    const beside = { "head.weight": part(1), "head.mlp.0.weight": part(1), "neck.bias": part(1) }
    const weights = { "backbone.patch_embed.proj.weight": patch, ...beside }
    const file = await openCheckpoint(await encodeSafetensors(weights))
    expect([...file.names].sort()).toEqual(["head.weight", "patch_embed.proj.weight"])
    expect(file.foreign).toEqual(["head.mlp.0.weight", "neck.bias"])
    const two = { "patch_embed.proj.weight": patch, "head.weight": part(1), "norm.bias": part(1) }
    const both = await encodeSafetensors({ "teacher.patch_embed.proj.weight": patch, ...two })
    const { foreign } = await openCheckpoint(both, { key: "teacher" })
    expect([...foreign].sort()).toEqual(Object.keys(two).sort())
    expect((await openCheckpoint(both)).foreign).toEqual(["teacher.patch_embed.proj.weight"])
    const bare = { "patch_embed.proj.weight": patch, "loss_fn.weight": part(1), "lora.a": part(1) }
    const own = await openCheckpoint(await encodeSafetensors(bare))
    expect(own.names).toContain("lora.a") // Within the model: a model of its own kind.
    expect(own.foreign).toEqual(["loss_fn.weight"])
    const probe = { "head.0.running_mean": part(1), "head.0.num_batches_tracked": part(1) }
    const counted = await openCheckpoint(
      await encodeSafetensors({ "patch_embed.proj.weight": patch, ...probe }),
    )
    expect(counted.names).toContain("head.0.running_mean")
    expect(counted.foreign).toEqual(["head.0.num_batches_tracked"])
  })
})

describe("of several models in a file", () => {
  test("the one under the usual key is chosen, and the others' keys are listed", async () => {
    expect(await opened("average.pth")).toMatchObject({ value: 0, alternatives: ["model_ema"] })
  })

  test.each(["pair.pth", "pair-in-one.pth"])("none is chosen by guessing, in %s", async (name) => {
    await expect(opened(name)).rejects.toThrow(
      /contains 2 models\nchoose one of these as the checkpoint key: student, teacher/,
    )
  })

  test.each([
    ["average.pth", "model_ema", { value: 10, alternatives: ["model"], container: ["model_ema"] }],
    ["average.pth", "model", { value: 0, container: ["model"] }],
    ["pair.pth", "teacher", { value: 20, prefixes: ["backbone."], container: ["teacher"] }],
    ["pair.pth", "student", { value: 0, prefixes: ["module.", "backbone."] }],
    ["pair-in-one.pth", "teacher", { value: 20, prefixes: ["teacher."] }],
    ["pair-in-one.pth", "state_dict.student", { value: 0, prefixes: ["student."] }],
    ["lightning.ckpt", "state_dict", { value: 0 }],
  ])("a key selects a model: %s, %s", async (name, key, expected) => {
    expect(await opened(name, key)).toMatchObject(expected)
  })

  test("an unknown key is an error that lists the known ones", async () => {
    await expect(opened("pair.pth", "ema")).rejects.toThrow(
      /none of them "ema"\n.*student, teacher/,
    )
    await expect(opened("authors.pth", "ema")).rejects.toThrow(/does not contain "ema"\n.*: model/)
  })
})

test("tensors without names are not weights", async () => {
  await expect(opened("shadow.pth")).rejects.toThrow(/no weights found.*decay, shadow_params/)
})
