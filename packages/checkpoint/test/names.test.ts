import { createHash } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  type Checkpoint,
  encoderNames,
  encodeSafetensors,
  type FileTensor,
  fromFloats,
  fromHuggingFace,
  huggingFaceNames,
  openCheckpoint,
  openSafetensors,
  readFloats,
  type TensorFile,
  timmNames,
  writeModel,
  writePth,
  writeSafetensors,
} from "../src/index.js"
import { golden, hasGolden } from "./golden.js"

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tubelet-names-"))
})
afterAll(() => rm(folder, { recursive: true }))

const digest = ({ dtype, shape, bytes }: FileTensor) =>
  `${dtype} [${shape}] ${createHash("sha1").update(bytes).digest("hex")}`

const digests = (tensors: Record<string, FileTensor>) =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, digest(tensor)]))

/** Every tensor's type, shape and hash of its bytes; closes the file. */
async function everything(file: TensorFile): Promise<Record<string, string>> {
  const all: [string, string][] = []
  for (const name of file.names) all.push([name, digest(await file.read(name))])
  await file.close()
  return Object.fromEntries(all)
}

const theirs = (kind: string) => golden(`hf-videomae-${kind}-tiny/model.safetensors`)
const ours = (set: string) => golden(`${set}/weights.safetensors`)

describe.runIf(hasGolden)("golden weights", () => {
  test.each(["pretrain", "finetune"])("of Hugging Face's VideoMAE, %s", async (kind) => {
    const official = await everything(await openSafetensors(ours(`videomae-${kind}-tiny`)))
    const checkpoint = await openCheckpoint(theirs(kind))
    expect(checkpoint).toMatchObject({
      naming: "huggingface",
      video: true,
      contents: kind === "pretrain" ? "pre-training" : "classifier",
    })
    expect(await everything(checkpoint)).toEqual(official)
    const back = huggingFaceNames(await openCheckpoint(ours(`videomae-${kind}-tiny`)))
    expect(await everything(back)).toEqual(await everything(await openSafetensors(theirs(kind))))
    const floats = fromHuggingFace(await readFloats(theirs(kind)))
    const shaped = Object.entries(floats).map(([name, data]) => {
      return [name, fromFloats(checkpoint.shape(name), data)]
    })
    expect(digests(Object.fromEntries(shaped))).toEqual(official)
  })

  test("under version 5's names have a key bias of zeros, which is then dropped", async () => {
    const official = await openCheckpoint(ours("videomae-pretrain-tiny"))
    const five = huggingFaceNames(official, { version: 5 })
    const attention = "videomae.encoder.layer.0.attention.attention"
    expect(await five.floats(`${attention}.key.bias`)).toEqual(new Float32Array(48))
    expect(five.has(`${attention}.query.bias`)).toBe(true)
    expect(five.names.some((name) => name.endsWith("q_bias"))).toBe(false)
    const written = await encodeSafetensors(Object.fromEntries(five.tensors))
    expect(await everything(await openCheckpoint(written))).toEqual(await everything(official))
  })

  test("become timm's ViT with one bias for query, key and value, and convert back", async () => {
    const official = await openCheckpoint(ours("videomae-finetune-tiny"))
    const timm = timmNames(official)
    expect(timm.shape("blocks.0.attn.qkv.bias")).toEqual([144])
    expect((await timm.floats("blocks.0.attn.qkv.bias")).subarray(48, 96)).toEqual(
      new Float32Array(48),
    )
    const written = await encodeSafetensors(Object.fromEntries(timm.tensors))
    const back = await openCheckpoint(written)
    expect(back.naming).toBe("timm")
    expect(await everything(back)).toEqual(await everything(official))
  })

  test("of pre-training give an encoder under the names of fine-tuning", async () => {
    const official = await openCheckpoint(ours("videomae-pretrain-tiny"))
    const encoder = encoderNames(official)
    const kept = official.names.filter((name) => name.startsWith("encoder."))
    expect([...encoder.names].sort()).toEqual(kept.map((name) => name.slice(8)).sort())
    await encoder.close()
  })
})

const sets = [
  "mae-pretrain-tiny",
  "videomae-pretrain-tiny",
  "videomae-finetune-tiny",
  "mae-finetune-tiny-cls",
]

describe.runIf(hasGolden).each(sets)("the round trip of %s", (set) => {
  const write = (file: TensorFile) => Object.fromEntries(file.tensors)

  test.each(["F32", "F16", "BF16"] as const)("keeps every byte of %s", async (dtype) => {
    const floats = await readFloats(ours(set))
    const source = await openSafetensors(ours(set))
    const stored = Object.fromEntries(
      Object.entries(floats).map(([name, data]) => [
        name,
        fromFloats(source.shape(name), data, dtype),
      ]),
    )
    await source.close()
    const path = (name: string) => join(folder, `${set}-${dtype}-${name}`)
    const step = async (input: string, then: (file: Checkpoint) => Promise<unknown>) => {
      const checkpoint = await openCheckpoint(input)
      await then(checkpoint)
      await checkpoint.close()
    }
    const [official, mine, hub, again, last] = [
      "a.pth",
      "b.safetensors",
      "hf",
      "c.safetensors",
      "d.pth",
    ].map(path)
    await writePth(official, stored)
    await step(official, (file) => writeSafetensors(mine, write(file)))
    await step(mine, (file) =>
      writeModel(hub, write(huggingFaceNames(file)), { maxShardBytes: 60_000 }),
    )
    await step(hub, async (file) => {
      expect(file.naming).toBe("huggingface")
      expect(file.stored.sharded).toBe(true)
      await writeSafetensors(again, write(file))
    })
    await step(again, (file) => writePth(last, write(file)))
    expect(await everything(await openCheckpoint(last))).toEqual(digests(stored))
  })
})

const part = (...values: number[]) => fromFloats([values.length], Float32Array.from(values))
const open = async (tensors: Record<string, FileTensor>) =>
  openCheckpoint(await encodeSafetensors(tensors))
const block = "videomae.encoder.layer.0.attention.attention"

describe("names", () => {
  test("query, key and value are stacked in this order, whatever the file's order", async () => {
    const file = await open({
      [`${block}.value.weight`]: part(5, 6),
      [`${block}.key.weight`]: part(3, 4),
      [`${block}.query.weight`]: part(1, 2),
      [`${block}.key.bias`]: part(9),
      [`${block}.value.bias`]: part(7),
    })
    expect(await everything(file)).toEqual(
      digests({
        "blocks.0.attn.qkv.weight": part(1, 2, 3, 4, 5, 6),
        "blocks.0.attn.v_bias": part(7),
      }),
    )
  })

  test("the encoder has its prefix only if there is a decoder", async () => {
    const norm = "videomae.layernorm.weight"
    const patches = { "videomae.embeddings.patch_embeddings.projection.bias": part(2) }
    expect((await open({ [norm]: part(1), ...patches })).names).toContain("norm.weight")
    const both = await open({ [norm]: part(1), mask_token: part(1), ...patches })
    expect(both.names).toContain("encoder.norm.weight")
  })

  test("a model saved without its head is recognised without the base prefix", async () => {
    const file = await open({
      "embeddings.cls_token": part(1),
      "embeddings.patch_embeddings.projection.weight": fromFloats(
        [1, 3, 1, 1],
        new Float32Array(3),
      ),
      "encoder.layer.0.layernorm_before.weight": part(1),
      "encoder.rest": part(2),
      "pooler.dense.weight": part(1),
    })
    expect(file).toMatchObject({ naming: "huggingface", video: false, contents: "encoder" })
    expect([...file.names].sort()).toEqual([
      "blocks.0.norm1.weight",
      "cls_token",
      "encoder.rest",
      "patch_embed.proj.weight",
      "pooler.dense.weight",
    ])
  })

  test("unknown ones are kept, incomplete and duplicate ones refused", async () => {
    expect((await open({ "lora.a": part(1) })).naming).toBe("unknown")
    await expect(open({ [`${block}.query.weight`]: part(1) })).rejects.toThrow(
      /but no .*key.weight/,
    )
    await expect(
      open({ [`${block}.q_bias`]: part(1), [`${block}.query.bias`]: part(1) }),
    ).rejects.toThrow(/both map to/)
  })

  test.each([
    [["module."], "module.blocks.0.norm1.bias", "module.patch_embed.proj.bias"],
    [
      ["module.", "_orig_mod."],
      "module._orig_mod.blocks.0.norm1.bias",
      "module._orig_mod.patch_embed.proj.bias",
    ],
    [["model."], "model.blocks.0.norm1.bias", "model.patch_embed.proj.bias"],
    [["backbone."], "backbone.blocks.0.norm1.bias", "patch_embed.proj.bias"],
    [[], "blocks.0.norm1.bias", "patch_embed.proj.bias"],
  ])("lose the prefixes of wrappers: %j", async (prefixes, ...names) => {
    const file = await open(Object.fromEntries(names.map((name) => [name, part(1)])))
    expect(file.prefixes).toEqual(prefixes)
    expect(file.naming).toBe("official")
    expect([...file.names].sort()).toEqual(["blocks.0.norm1.bias", "patch_embed.proj.bias"])
  })

  test("that differ only in wrappers' segments are refused", async () => {
    await expect(open({ "module.a": part(1), a: part(2) })).rejects.toThrow(
      /differ only in a wrapper prefix/,
    )
  })

  test("a MAE classifier with global pooling has no Hugging Face model", async () => {
    const file = await open({
      "blocks.0.norm1.weight": part(1),
      "fc_norm.weight": part(1),
      "head.weight": part(1),
    })
    expect(() => huggingFaceNames(file)).toThrow(
      /global pooling, which no Hugging Face model supports/,
    )
  })
})
