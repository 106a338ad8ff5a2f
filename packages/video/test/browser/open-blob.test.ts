import { beforeAll, expect, test } from "vitest"
import cockatoo from "../../../../examples/clips/cockatoo-01.mp4?url"
import { clipsAcross, MediaError, openBlob } from "../../src/browser.js"
import type { Source } from "../../src/index.js"

let bytes: ArrayBuffer
let source: Source

beforeAll(async () => {
  bytes = await (await fetch(cockatoo)).arrayBuffer()
  source = await openBlob(new File([bytes], "cockatoo-01.mp4"))
})

const crop = { x: 10, y: 20, width: 128, height: 128 }

/** Red, green and blue in the corners of `crop` (four of 64 x 64), as FFmpeg decodes in Node. */
const inNode = {
  0: [131.7, 132.1, 116.3, 114, 113.5, 101.8, 132.5, 134.8, 129.7, 109.1, 109.4, 103.1],
  1.03: [133.5, 133.5, 119.3, 118, 116.8, 107.6, 124.6, 124.8, 119.7, 121.4, 120.3, 115],
  2.5: [148.9, 143.6, 127.8, 103.3, 97.2, 91.1, 159.3, 155.6, 141.3, 130.9, 127.1, 120],
}

function corners(frame: Uint8Array): number[] {
  const means = new Array<number>(12).fill(0)
  frame.forEach((value, i) => {
    const [x, y] = [Math.floor(i / 3) % 128, Math.floor(i / 384)]
    means[3 * (2 * Math.floor(y / 64) + Math.floor(x / 64)) + (i % 3)] += value / 4096
  })
  return means
}

test("a dropped file has the same properties as in Node", () => {
  expect(source).toMatchObject({ path: "cockatoo-01.mp4", width: 456, height: 256, rotation: 0 })
  expect(source).toMatchObject({ codec: "h264", frameRate: 25, duration: 6 })
  expect(source.frameTimes).toHaveLength(150)
  expect(source.frameTimes[31]).toBeCloseTo(31 / 25, 6)
})

test("its frames can be read in any order, with the same colours as in Node", async () => {
  const { data, timestamps, valid, width } = await source.frames([2.5, 0, 1.03, 2.5, 99], { crop })
  expect(width).toBe(128)
  expect([...timestamps].map((t) => Number(t.toFixed(3)))).toEqual([2.48, 0, 1, 2.48, 5.96])
  expect(valid).toEqual([true, true, true, true, true])
  const frame = (i: number) => data.subarray(i * 3 * 128 * 128, (i + 1) * 3 * 128 * 128)
  for (const [i, time] of [
    [1, 0],
    [2, 1.03],
    [0, 2.5],
  ] as const) {
    corners(frame(i)).forEach((mean, k) => {
      expect(Math.abs(mean - inNode[time][k])).toBeLessThan(3)
    })
  }
  expect(frame(3)).toEqual(frame(0))
})

test("clips are spread over the whole video", async () => {
  const clips = await clipsAcross(source, { frames: 2, stride: 5, size: 32, count: 3 })
  expect(clips.map((clip) => clip.length)).toEqual([1, 1, 1].map(() => 2 * 32 * 32 * 3))
  expect(clips[0]).not.toEqual(clips[2])
  await expect(source.frames([0], { crop: { ...crop, x: 400 } })).rejects.toThrow(/is not inside/)
})

test("a truncated file gives its frames, and flags the missing ones", async () => {
  const half = await openBlob(new File([bytes.slice(0, bytes.byteLength / 2)], "half.mp4"))
  const { valid } = await half.frames([0, 5.9])
  expect(valid).toEqual([true, false])
  half.close()
})

test("a file that is not a video is refused by name", async () => {
  const refused = openBlob(new File(["no video"], "notes.txt"))
  await expect(refused).rejects.toThrow(MediaError)
  await expect(refused).rejects.toThrow(/^notes\.txt: is not a supported video/)
})
