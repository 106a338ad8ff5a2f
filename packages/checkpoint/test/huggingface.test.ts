import { describe, expect, test } from "vitest"
import { fromHuggingFace, officialTensors, readFloats, toHuggingFace } from "../src/index.js"
import { golden, hasGolden } from "./golden.js"

const sets = ["pretrain", "finetune"].map((kind) => ({
  theirs: golden(`hf-videomae-${kind}-tiny/model.safetensors`),
  official: golden(`videomae-${kind}-tiny/weights.safetensors`),
}))

describe.runIf(hasGolden).each(sets)("$theirs", ({ theirs, official }) => {
  test("becomes the official weights, tensor by tensor", async () => {
    expect(fromHuggingFace(await readFloats(theirs))).toEqual(await readFloats(official))
  })

  test("comes back from the official weights", async () => {
    expect(toHuggingFace(await readFloats(official))).toEqual(await readFloats(theirs))
  })

  test("is the same under version 5's names, with a key bias of zeros", async () => {
    const five = toHuggingFace(await readFloats(official), { version: 5 })
    const name = "videomae.encoder.layer.0.attention.attention"
    expect(five[`${name}.key.bias`]).toEqual(new Float32Array(48))
    expect(five[`${name}.query.bias`]).toEqual((await readFloats(theirs))[`${name}.q_bias`])
    expect(Object.keys(five).some((name) => name.endsWith("q_bias"))).toBe(false)
    expect(fromHuggingFace(five)).toEqual(await readFloats(official))
  })
})

const block = "videomae.encoder.layer.0.attention.attention"
const part = (...values: number[]) => Float32Array.from(values)

test("query, key and value are stacked in this order, whatever the file's", () => {
  const weights = {
    [`${block}.value.weight`]: part(5, 6),
    [`${block}.key.weight`]: part(3, 4),
    [`${block}.query.weight`]: part(1, 2),
    [`${block}.key.bias`]: part(9),
    [`${block}.value.bias`]: part(7),
  }
  expect(fromHuggingFace(weights)).toEqual({
    "blocks.0.attn.qkv.weight": part(1, 2, 3, 4, 5, 6),
    "blocks.0.attn.v_bias": part(7),
  })
})

test("the encoder bears its prefix only beside a decoder", () => {
  const norm = "videomae.layernorm.weight"
  expect(officialTensors([norm])).toEqual([{ name: "norm.weight", parts: [norm] }])
  expect(officialTensors([norm, "mask_token"])[0]).toEqual({
    name: "encoder.norm.weight",
    parts: [norm],
  })
})

test("unknown names are kept, incomplete and doubled tensors refused", () => {
  expect(officialTensors(["lora.a"])).toEqual([{ name: "lora.a", parts: ["lora.a"] }])
  expect(() => officialTensors([`${block}.query.weight`])).toThrow(/no key.weight beside it/)
  expect(() => officialTensors([`${block}.q_bias`, `${block}.query.bias`])).toThrow(
    /both stand for/,
  )
})
