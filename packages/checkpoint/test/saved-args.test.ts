import { describe, expect, test } from "vitest"
import { openStored, savedArgs } from "../src/index.js"
import { data } from "./data.js"

const authors = {
  ...{ model: "pretrain_videomae_base_patch16_224", frames: 8, imageSize: 64, patchSize: 16 },
  ...{ tubelet: 2, decoderDepth: 4, normalisedTarget: false, masking: "tube", maskRatio: 0.75 },
  stride: 2,
}

describe("a file's settings are read, and nothing in it is executed", () => {
  test.each([
    ["authors.pth", { from: "args", ...authors }],
    ["hparams.ckpt", { from: "hyper_parameters", ...authors }],
    ["hydra.ckpt", { from: "hyper_parameters", model: "videomaev2-s", frames: 32, imageSize: 96 }],
    ["lightning.ckpt", undefined],
    ["swa.pth", undefined],
  ])("in %s", async (name, expected) => {
    const file = await openStored(data(`models/${name}`))
    await file.close()
    expect(savedArgs(file.others)).toEqual(expected)
  })

  const said = (args: object) => savedArgs(new Map([["args", new Map(Object.entries(args))]]))

  test.each([
    [{ input_size: [64, 64] }, { imageSize: 64 }],
    [{ input_size: [64, 96] }, undefined],
    [{ num_frames: "8", input_size: -1, mask_ratio: 2, tubelet_size: 2.5 }, undefined],
    [{ num_frames: 2 ** 60 }, undefined],
    [
      { norm_pix_loss: true, decoder_mask_ratio: 0 },
      { normalisedTarget: true, decoderMaskRatio: 0 },
    ],
    [
      { model: new Map([["num_heads", 4]]), model_name: "x" },
      { model: "x", heads: 4 },
    ],
    [{ data: new Map([["num_frames", 4]]), num_frames: 8 }, { frames: 8 }],
  ])("%j", (args, expected) => {
    expect(said(args)).toEqual(expected && { from: "args", ...expected })
  })

  test("recursive settings terminate", () => {
    const loop = new Map<unknown, unknown>([["num_frames", 4]])
    loop.set("loop", loop).set("list", [loop])
    expect(savedArgs(new Map([["args", loop]]))).toEqual({ from: "args", frames: 4 })
  })
})
