import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { random } from "@tubelet/core/random"
import { describe, expect, it } from "vitest"
import {
  centreCrop,
  cropFrames,
  open,
  openFrameFolder,
  publishedTransforms,
  readClipAt,
  readTrainingClip,
  resize,
  shortSideSize,
  writePng,
} from "../src/index.js"
import { clip } from "./media.js"

const scratch = () => mkdtempSync(join(tmpdir(), "tubelet-clip-"))

/** A folder of numbered 24x16 pictures, each of one grey: the number times ten. */
async function frameFolder(first: number, count: number): Promise<string> {
  const folder = scratch()
  for (let i = first; i < first + count; i++) {
    const data = new Uint8Array(24 * 16 * 3).fill(10 * i)
    await writePng(join(folder, `img_${i}.png`), { data, width: 24, height: 16 })
  }
  return folder
}

describe("readClipAt", () => {
  it("returns the frames at start + i * stride / frame rate, centre-cropped", async () => {
    const path = clip("box-01")
    const options = {
      frames: 5,
      stride: 3,
      size: 96,
      start: 1.5,
      transforms: publishedTransforms.centre,
    } as const
    const { data, timestamps, valid, source } = await readClipAt({ path }, options)
    const opened = await open(path)
    expect(source.frameRate).toBe(opened.frameRate)
    expect(valid).toEqual(Array(5).fill(true))
    for (const [i, shown] of timestamps.entries()) {
      const asked = 1.5 + (3 * i) / opened.frameRate
      expect(shown).toBeLessThanOrEqual(asked + 0.001)
      expect(shown).toBeGreaterThan(asked - 1 / opened.frameRate - 0.001)
    }
    const native = await opened.frames(timestamps)
    opened.close()
    const resized = shortSideSize(native, 96)
    const whole = resize(native.data, native, resized, "point-bilinear")
    expect(data).toEqual(cropFrames(whole, resized, centreCrop(resized, 96)))
  })

  it("repeats an augmentation for the same seed", async () => {
    const read = (seed: number) =>
      readClipAt(
        { path: clip("cup-01") },
        { frames: 2, stride: 2, size: 32, transforms: publishedTransforms["multi-scale"], seed },
      )
    const [a, b, c] = [await read(1), await read(1), await read(2)]
    expect(a.data).toEqual(b.data)
    expect(Buffer.compare(a.data, c.data)).not.toBe(0)
  })

  it("refuses a start past the end", async () => {
    const options = {
      frames: 2,
      stride: 2,
      size: 32,
      transforms: publishedTransforms.centre,
      start: 60,
    } as const
    await expect(readClipAt({ path: clip("cup-01") }, options)).rejects.toThrow(
      /cup-01\.mp4: the start, 60 s, is outside the video of \d+\.\d+ s/,
    )
  })
})

describe("pictures and frame folders", () => {
  it("read a folder of frames as a video, from the list's start", async () => {
    const folder = await frameFolder(8, 5)
    const source = await openFrameFolder(folder, { start: 9, count: 4, frameRate: 10 })
    expect([source.width, source.height, source.frameTimes.length]).toEqual([24, 16, 4])
    const { data, valid } = await source.frames([0, 0.3, 0.1])
    expect(valid).toEqual([true, true, true])
    const bytes = 24 * 16 * 3
    expect([data[0], data[bytes], data[2 * bytes]]).toEqual([90, 120, 100])
    await expect(openFrameFolder(folder, { start: 9, count: 6 })).rejects.toThrow(
      /4 images found, 6 expected, starting at 9/,
    )
  })

  it("make clips for training", async () => {
    const folder = await frameFolder(1, 9)
    const recipe = {
      frames: 4,
      stride: 2,
      size: 16,
      transforms: publishedTransforms["multi-scale"],
    } as const
    const { data } = await readTrainingClip({ path: folder }, recipe, random("frames"))
    const greys = [0, 1, 2, 3].map((i) => data[i * 16 * 16 * 3])
    expect(greys.map((grey) => grey - greys[0])).toEqual([0, 20, 40, 60])
    const picture = { path: join(folder, "img_3.png") }
    const still = {
      frames: 1,
      stride: 1,
      size: 8,
      transforms: publishedTransforms["random-resized"],
    } as const
    const one = await readTrainingClip(picture, still, random("still"))
    expect(one.data).toEqual(new Uint8Array(8 * 8 * 3).fill(30))
  })

  it("name a damaged picture", async () => {
    const path = join(scratch(), "broken.jpg")
    writeFileSync(path, "no picture")
    await expect(open(path)).rejects.toThrow(/broken\.jpg: not a readable image: .+\ncheck/)
  })
})
