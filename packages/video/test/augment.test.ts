import { random } from "@tubelet/core/random"
import { describe, expect, it } from "vitest"
import {
  centreCrop,
  clipFrameIds,
  cropFrames,
  flipFrames,
  multiScaleCrop,
  multiScaleOffsets,
  multiScaleSizes,
  type Rect,
  type ResizeMethod,
  randomClipFrameIds,
  randomResizedCrop,
  resize,
  shortSideSize,
  startCount,
} from "../src/index.js"
import { goldenJson, goldenPixels, hasGolden } from "./golden.js"

const size = ([width, height]: number[]) => ({ width, height })

describe.runIf(hasGolden)("as the authors' code", () => {
  const tensors = hasGolden ? goldenPixels() : new Map()
  const pixels = hasGolden ? goldenJson("pixels") : undefined
  const bytes = (name: string) => tensors.get(name)!.data as Uint8Array

  it.each([
    ["bilinear", "pil_bilinear"],
    ["bicubic", "pil_bicubic"],
    ["point-bilinear", "cv2_linear"],
  ])("resizes whole pictures: %s", (method, name) => {
    for (const target of pixels.whole_image_resizes_w_h) {
      const from = { width: 40, height: 30 }
      const got = resize(bytes("resize.src_u8"), from, size(target), method as ResizeMethod)
      expect(got, target.join("x")).toEqual(bytes(`resize.${name}.${target.join("x")}`))
    }
  })

  it("resizes and crops validation clips as OpenCV", () => {
    const from = { width: 40, height: 30 }
    const to = shortSideSize(from, 24)
    const resized = resize(bytes("val.frames_u8"), from, to, "point-bilinear")
    const got = cropFrames(resized, to, centreCrop(to, 20))
    const golden = tensors.get("val.out")!.data
    const [mean, std] = [
      [0.485, 0.456, 0.406],
      [0.229, 0.224, 0.225],
    ]
    // The golden clip is normalised and channel-first: [3, 2, 20, 20].
    const plane = 2 * 20 * 20
    for (let i = 0; i < got.length; i++) {
      const channel = i % 3
      const at = channel * plane + (i - channel) / 3
      expect(Math.round((golden[at] * std[channel] + mean[channel]) * 255)).toBe(got[i])
    }
  })

  it("finds the short side's partner", () => {
    for (const { h_w, short, out_h_w } of pixels.cv2_short_side_sizes) {
      expect(shortSideSize(size([h_w[1], h_w[0]]), short)).toEqual(size([out_h_w[1], out_h_w[0]]))
    }
    for (const { w_h, resized_w_h, centre_crop_left_top } of pixels.mae_eval_geometry_224) {
      const resized = shortSideSize(size(w_h), 256)
      expect(resized).toEqual(size(resized_w_h))
      const { x, y } = centreCrop(resized, 224)
      expect([x, y]).toEqual(centre_crop_left_top)
    }
  })

  it("lists the multi-scale sizes and offsets", () => {
    for (const golden of goldenJson("multi_scale_crop_geometry").cases) {
      const image = size(golden.image_w_h)
      const sizes = multiScaleSizes(image, golden.input_size)
      expect(sizes.map(({ width, height }) => [width, height])).toEqual(golden.crop_pairs_w_h)
      const places = sizes.map((crop) => multiScaleOffsets(image, crop).map(({ x, y }) => [x, y]))
      expect(places).toEqual(golden.offsets_w_h_per_pair)
    }
  })

  it("crops and resizes clips to the pixel", () => {
    for (const golden of pixels.group_multi_scale_crop_cases) {
      const { key, image_w_h, input_size, choice_indices, crop_w_h_offset_w_h } = golden
      const image = size(image_w_h)
      const crop = multiScaleSizes(image, input_size)[choice_indices[0]]
      const rect = { ...crop, ...multiScaleOffsets(image, crop)[choice_indices[1]] }
      const [width, height, x, y] = crop_w_h_offset_w_h
      expect(rect).toEqual({ width, height, x, y })
      const cut = cropFrames(bytes(`${key.slice(0, 5)}.frames_u8`), image, rect)
      const got = resize(cut, rect, { width: input_size, height: input_size })
      expect(got, key).toEqual(bytes(`${key}.resized_u8`))
    }
  })

  it("crops and resizes MAE's pictures to the pixel", () => {
    for (const { key, i_j_h_w, size: side } of pixels.mae_cases) {
      const [y, x, height, width] = i_j_h_w
      const rect: Rect = { x, y, width, height }
      const cut = cropFrames(bytes("resize.src_u8"), { width: 40, height: 30 }, rect)
      const got = resize(cut, rect, { width: side, height: side }, "bicubic")
      expect(got, key).toEqual(bytes(`${key}.u8`))
    }
  })

  it("samples pre-training frames", () => {
    const { pretrain } = goldenJson("sampling_videomae")
    expect(pretrain.length).toBe(83)
    for (const golden of pretrain) {
      const { duration, new_length, new_step, draw, draw_upper_exclusive, frame_ids } = golden
      expect(startCount(duration, new_length, new_step)).toBe(draw_upper_exclusive ?? 1)
      expect([...clipFrameIds(duration, new_length, new_step, draw)]).toEqual(frame_ids)
    }
  })
})

describe("random choices", () => {
  it("stay inside the picture, vary, and repeat for the same key", () => {
    const image = { width: 61, height: 47 }
    for (const choose of [
      (key: number) => multiScaleCrop(image, 46, random("crop", key)),
      (key: number) => randomResizedCrop(image, random("crop", key)),
    ]) {
      const seen = new Set<string>()
      for (let key = 0; key < 300; key++) {
        const { x, y, width, height } = choose(key)
        expect(Math.min(x, y, width - 1, height - 1)).toBeGreaterThanOrEqual(0)
        expect(x + width).toBeLessThanOrEqual(61)
        expect(y + height).toBeLessThanOrEqual(47)
        seen.add([x, y, width, height].join())
      }
      expect(seen.size).toBeGreaterThan(30)
      expect(choose(7)).toEqual(choose(7))
    }
  })

  it("falls back to the centre if no drawn shape fits", () => {
    const crop = randomResizedCrop({ width: 1000, height: 10 }, random("thin"), { scale: [1, 1] })
    expect(crop).toEqual({ x: 493, y: 0, width: 13, height: 10 })
  })

  it("cut crops that do not fit to the picture, if asked", () => {
    const options = { scale: [1, 1], clamped: true } as const
    const picture = { width: 100, height: 80 }
    const sizes = Array.from({ length: 50 }, (_, key) => {
      const { x, y, ...size } = randomResizedCrop(picture, random("clamped", key), options)
      expect([x + size.width <= 100, y + size.height <= 80]).toEqual([true, true])
      return size
    })
    // An area of the whole picture in another shape: one side is cut, the other shorter.
    expect(sizes.every(({ width, height }) => width === 100 || height === 80)).toBe(true)
    expect(new Set(sizes.map(({ width, height }) => `${width} ${height}`)).size).toBeGreaterThan(20)
  })

  it("start clips anywhere they fit", () => {
    const starts = new Set(
      Array.from({ length: 200 }, (_, key) => randomClipFrameIds(68, 16, 4, random(key))[0]),
    )
    expect([...starts].sort()).toEqual([0, 1, 2, 3, 4])
  })
})

it("mirrors frames left to right", () => {
  const frames = Uint8Array.from({ length: 2 * 2 * 3 * 3 }, (_, i) => i)
  flipFrames(frames, { width: 3, height: 2 })
  expect([...frames.subarray(0, 9)]).toEqual([6, 7, 8, 3, 4, 5, 0, 1, 2])
  flipFrames(frames, { width: 3, height: 2 })
  expect([...frames]).toEqual(Array.from({ length: 36 }, (_, i) => i))
})
