import { random } from "@tubelet/core/random"
import { describe, expect, it } from "vitest"
import {
  centredDenseFrameIds,
  cropResizeFloat,
  denseFrameIds,
  middleSegmentFrameIds,
  type Rect,
  randomDenseFrameIds,
  randomSegmentFrameIds,
  resize,
  type Size,
  segmentViewFrameIds,
  shortSideSize,
  spatialView,
  stridedFrameIds,
  temporalStart,
} from "../src/index.js"
import { goldenJson, goldenPixels, hasGolden } from "./golden.js"

const range = (count: number) => Array.from({ length: count }, (_, i) => i)

describe.runIf(hasGolden)("frame ids as the authors' code gives them", () => {
  const v1 = hasGolden ? goldenJson("sampling_videomae") : {}
  const v2 = hasGolden ? goldenJson("sampling_videomaev2") : {}

  it("fine-tuning", () => {
    expect(v1.cls_train.length).toBe(32)
    for (const { duration, clip_len, frame_sample_rate, end_idx_draw, ...golden } of v1.cls_train) {
      const ids = denseFrameIds(duration, clip_len, frame_sample_rate, end_idx_draw ?? 0)
      expect([...ids], `${duration}`).toEqual(golden.frame_ids)
      if (end_idx_draw === null) continue
      // Drawing the lowest and the highest number gives the ends of the authors' range.
      const [low, high] = golden.draw_range
      const drawn = (pick: (count: number) => number) =>
        randomDenseFrameIds(duration, clip_len, frame_sample_rate, { integer: pick } as never)
      const at = (end: number) => denseFrameIds(duration, clip_len, frame_sample_rate, end)
      expect(drawn(() => 0)).toEqual(at(low))
      expect(drawn((count) => count - 1)).toEqual(at(high - 1))
    }
  })

  it("validation", () => {
    for (const { duration, clip_len, frame_sample_rate, frame_ids } of v2.validation) {
      const ids = centredDenseFrameIds(duration, clip_len, frame_sample_rate)
      expect([...ids], `${duration}`).toEqual(frame_ids)
    }
  })

  it("a random frame of each segment", () => {
    for (const { duration, num_segment, each_draw, frame_ids } of v1.ssv2_train) {
      const share = Number(/\d\.\d+/.exec(each_draw)![0])
      const integer = (count: number) => Math.trunc(share * count)
      const ids = randomSegmentFrameIds(duration, num_segment, { integer })
      expect([...ids], `${duration} ${each_draw}`).toEqual(frame_ids)
    }
  })

  it("the middle of each segment, and interleaved test clips", () => {
    for (const golden of v2.rawframe_train_validation_test) {
      const { num_frames, num_segment, start_idx, test_num_segment } = golden
      const numbers = (ids: Int32Array) => [...ids].map((id) => id + start_idx)
      const middle = middleSegmentFrameIds(num_frames, num_segment)
      expect(numbers(middle), `${num_frames}`).toEqual(golden.validation)
      for (const view of range(test_num_segment)) {
        const ids = segmentViewFrameIds(num_frames, num_segment, test_num_segment, view)
        const dealt = golden.test.filter((_: number, i: number) => i % test_num_segment === view)
        expect(numbers(ids), `${num_frames} ${view}`).toEqual(dealt)
      }
    }
    for (const golden of [...v1.ssv2_test, ...v2.sparse_test]) {
      const { duration, num_segment, test_num_segment, frame_ids } = golden
      for (const view of range(test_num_segment)) {
        const ids = segmentViewFrameIds(duration, num_segment, test_num_segment, view)
        const dealt = frame_ids.filter((_: number, i: number) => i % test_num_segment === view)
        expect([...ids], `${duration} ${view}`).toEqual(dealt)
      }
    }
  })

  it("multi-view test clips", () => {
    expect(v1.cls_test.length).toBe(7)
    for (const golden of v1.cls_test) {
      const { clip_len, frame_sample_rate, test_num_segment, test_num_crop, short_side } = golden
      const [frames, height, width] = golden.video_T_H_W
      const ids = stridedFrameIds(frames, clip_len, frame_sample_rate)
      expect([...ids]).toEqual(golden.decoded_frame_ids)
      const resized = shortSideSize({ width, height }, short_side)
      for (const { chunk, crop, temporal_start, spatial_start, buffer_T_H_W } of golden.views) {
        expect(temporalStart(ids.length, clip_len, test_num_segment, chunk)).toBe(temporal_start)
        const { x, y, ...size } = spatialView(resized, test_num_crop, crop)
        expect(width > height ? [x, y] : [y, x]).toEqual([spatial_start, 0])
        expect([size.height, size.width]).toEqual(buffer_T_H_W.slice(1))
      }
    }
  })
})

describe("frame ids", () => {
  it("stay inside the video, whatever its length", () => {
    const draw = random("ids")
    for (let frames = 1; frames < 90; frames++) {
      const all = [
        randomDenseFrameIds(frames, 8, 4, draw),
        centredDenseFrameIds(frames, 8, 4),
        randomSegmentFrameIds(frames, 8, draw),
        middleSegmentFrameIds(frames, 8),
        segmentViewFrameIds(frames, 8, 3, 2),
        stridedFrameIds(frames, 8, 4),
      ]
      for (const [kind, ids] of all.entries()) {
        expect(ids.length, `${kind}`).toBeGreaterThanOrEqual(8)
        expect(Math.min(...ids), `${kind} ${frames}`).toBeGreaterThanOrEqual(0)
        expect(Math.max(...ids), `${kind} ${frames}`).toBeLessThan(frames)
      }
    }
  })

  it("of a single view are centred", () => {
    expect(temporalStart(75, 16, 1, 0)).toBe(29)
    expect(spatialView({ width: 224, height: 300 }, 1, 0)).toEqual({
      ...{ x: 0, y: 38, width: 224, height: 224 },
    })
  })
})

describe.runIf(hasGolden)("resizes as the authors' code", () => {
  const tensors = hasGolden ? goldenPixels() : new Map()
  const pixels = hasGolden ? goldenJson("pixels") : {}
  const bytes = (name: string) => tensors.get(name)!.data as Uint8Array
  const floats = (name: string) => tensors.get(name)!.data as Float32Array
  const from = { width: 40, height: 30 }

  it("resizes the short side of clips as OpenCV does, down and up", () => {
    for (const short of [24, 45]) {
      const to = shortSideSize(from, short)
      const got = resize(bytes("resize.src_u8"), from, to, "point-bilinear")
      // The golden clip's second frame comes from a picture that is not among the golden ones.
      expect(got).toEqual(bytes(`resize_clip.short${short}`).subarray(0, got.length))
    }
  })

  /** Golden planes [3, frames, height, width] as [frames, height, width, 3]. */
  const interleaved = (planes: Float32Array): Float32Array => {
    const plane = planes.length / 3
    return planes.map((_, i) => planes[(i % 3) * plane + Math.floor(i / 3)])
  }
  const resized = (data: Float32Array, crop: Rect, to: Size): Float32Array => {
    const count = data.length / (3 * from.width * from.height)
    const target = new Float32Array(count * 3 * to.width * to.height)
    cropResizeFloat({ data, ...from }, crop, to, target)
    return target
  }

  it("resizes floats as PyTorch does", () => {
    const source = Float32Array.from(bytes("resize.src_u8"), (level) => level / 255)
    for (const [width, height] of pixels.whole_image_resizes_w_h) {
      const got = resized(source, { x: 0, y: 0, ...from }, { width, height })
      expectClose(got, interleaved(floats(`resize.torch_bilinear_f32.${width}x${height}`)))
    }
  })

  it("crops and resizes the normalised clips of fine-tuning", () => {
    const source = interleaved(floats("rrc.in"))
    for (const [i, [y, x, height, width]] of pixels.random_resized_crop_boxes_i_j_h_w.entries()) {
      const got = resized(source, { x, y, width, height }, { width: 16, height: 16 })
      expectClose(got, interleaved(floats(`rrc.${i}.out`)))
    }
  })

  it("leaves a crop of the right size unchanged", () => {
    const crop = { x: 3, y: 5, width: 12, height: 9 }
    const source = interleaved(floats("rrc.in"))
    const cut = resized(source, crop, crop)
    const rows = Array.from({ length: 9 }, (_, y) => 3 * ((5 + y) * 40 + 3))
    const first = rows.flatMap((start) => [...source.subarray(start, start + 36)])
    expect([...cut.subarray(0, 9 * 36)]).toEqual(first)
  })
})

/** Equal up to the order of two roundings. */
function expectClose(got: Float32Array, expected: Float32Array): void {
  expect(got.length).toBe(expected.length)
  let worst = 0
  for (let i = 0; i < got.length; i++) worst = Math.max(worst, Math.abs(got[i] - expected[i]))
  expect(worst).toBeLessThan(1e-6)
}
