import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import sharp from "sharp"
import { describe, expect, it } from "vitest"
import { open, openFrameFolder, parseList, readList, readPicture } from "../src/index.js"

const scratch = mkdtempSync(join(tmpdir(), "tubelet-pictures-"))
const at = (name: string) => join(scratch, name)

/** Red, green and blue from left to right above black, 6x2 pixels. */
const stripes = Buffer.from(
  Array.from({ length: 12 }, (_, i) =>
    [0, 1, 2].map((c) => (i < 6 && i >> 1 === c ? 255 : 0)),
  ).flat(),
)
const raw = { raw: { width: 6, height: 2, channels: 3 as const } }

describe("pictures", () => {
  it.each(["png", "webp", "avif", "tiff", "gif", "jpg"])("%s", async (name) => {
    const lossless = { quality: 100, lossless: true, chromaSubsampling: "4:4:4" }
    const format = name === "jpg" ? "jpeg" : name
    await sharp(stripes, raw)
      .toFormat(format as "png", lossless)
      .toFile(at(`stripes.${name}`))
    const source = await open(at(`stripes.${name}`))
    expect([source.width, source.height, source.frameTimes.length]).toEqual([6, 2, 1])
    const { data, valid } = await source.frames([0])
    expect(valid).toEqual([true])
    const worst = stripes.reduce((most, value, i) => Math.max(most, Math.abs(value - data[i])), 0)
    expect(worst).toBeLessThan(name === "jpg" || name === "avif" ? 40 : 1)
    source.close()
  })

  it("of 16 bits, of a palette, grey, and of four colours", async () => {
    const deep = Uint16Array.from({ length: 12 }, (_, i) => i * 5461)
    const grey = { raw: { width: 4, height: 3, channels: 1 as const } }
    await sharp(deep, grey).toColourspace("grey16").png().toFile(at("deep.png"))
    const read = await readPicture(at("deep.png"))
    expect([...read.data].filter((_, i) => i % 3 === 0)).toEqual(
      Array.from(deep, (value) => value >> 8),
    )
    await sharp(stripes, raw).png({ palette: true }).toFile(at("palette.png"))
    expect((await readPicture(at("palette.png"))).data).toEqual(stripes)
    await sharp(stripes, raw).toColourspace("cmyk").jpeg().toFile(at("cmyk.jpg"))
    expect((await readPicture(at("cmyk.jpg"))).data.length).toBe(stripes.length)
  })

  it("with transparency are laid on black", async () => {
    const half = Buffer.from([200, 100, 50, 128, 200, 100, 50, 0, 200, 100, 50, 255])
    await sharp(half, { raw: { width: 3, height: 1, channels: 4 } })
      .png()
      .toFile(at("alpha.png"))
    const { data } = await readPicture(at("alpha.png"))
    expect([...data]).toEqual([100, 50, 25, 0, 0, 0, 200, 100, 50])
  })

  it.each([
    [3, 180, [6, 2]],
    [6, 90, [2, 6]],
    [8, 270, [2, 6]],
    [5, 90, [2, 6]],
  ])("turn as EXIF orientation %d asks", async (orientation, degrees, size) => {
    const path = at(`exif-${orientation}.png`)
    await sharp(stripes, raw).withMetadata({ orientation }).png().toFile(path)
    const source = await open(path)
    expect([source.rotation, source.width, source.height]).toEqual([degrees, ...size])
    // The red corner of the stored picture, where it is shown.
    const { data } = await source.frames([0])
    const corner = { 3: [5, 1], 6: [1, 0], 8: [0, 5], 5: [0, 0] }[orientation]!
    const pixel = 3 * (corner[1] * source.width + corner[0])
    expect([...data.subarray(pixel, pixel + 3)]).toEqual([255, 0, 0])
  })
})

describe("folders of frames", () => {
  it("are numbered from any number, with any name around it", async () => {
    const folder = at("image_{:06}")
    mkdirSync(folder)
    for (const [i, number] of [7, 8, 9, 10, 12].entries()) {
      const grey = Buffer.alloc(12, 20 * i)
      const name = `image_${String(number).padStart(6, "0")}.jpg`
      await sharp(grey, { raw: { width: 2, height: 2, channels: 3 } }).toFile(join(folder, name))
    }
    const firstOf = async (options: { start?: number; count?: number }) => {
      const source = await openFrameFolder(folder, options)
      const { data } = await source.frames([0, source.duration])
      return [source.frameTimes.length, data[0], data[12]]
    }
    expect(await firstOf({})).toEqual([5, 0, 80])
    expect(await firstOf({ count: 3 })).toEqual([3, 0, 40])
    expect(await firstOf({ start: 8, count: 2 })).toEqual([2, 20, 40])
    // Number 11 is missing: the frames would shift.
    await expect(firstOf({ start: 9, count: 4 })).rejects.toThrow(/3 pictures found, 4 expected/)
    await expect(openFrameFolder(at("nowhere"))).rejects.toThrow(/nowhere: is not a folder/)
  })

  it("flag a frame that is damaged or of another size", async () => {
    const folder = at("mixed")
    mkdirSync(folder)
    for (const [i, width] of [2, 3, 2, 2].entries()) {
      const grey = Buffer.alloc(3 * 2 * width, 50)
      const picture = sharp(grey, { raw: { width, height: 2, channels: 3 } })
      await picture.toFile(join(folder, `img_0000${i}.png`))
    }
    writeFileSync(join(folder, "img_00002.png"), "no picture")
    const source = await openFrameFolder(folder, { frameRate: 1 })
    expect((await source.frames([0, 1, 2, 3])).valid).toEqual([true, false, false, true])
  })
})

describe("lists", () => {
  const items = (...lines: string[]) => parseList(lines.join("\n"), "/data/train.csv")

  it("of fine-tuning frames: folder, count, label", () => {
    expect(items("SomethingV2/frames/74225 62 140", "a folder/7 30 0")).toEqual([
      { path: "/data/SomethingV2/frames/74225", frames: { count: 62 }, label: 140 },
      { path: "/data/a folder/7", frames: { count: 30 }, label: 0 },
    ])
  })

  it("of pre-training frames: folder, start, count, beside videos", () => {
    expect(items("frames/182040 1 58", "videos/a b.mp4 0 -1", "frames/9 70 58")).toEqual([
      { path: "/data/frames/182040", frames: { start: 1, count: 58 } },
      { path: "/data/videos/a b.mp4" },
      { path: "/data/frames/9", frames: { start: 70, count: 58 } },
    ])
  })

  it("of any separator, with labels, a mark of Unicode and comments", () => {
    expect(items("\ufeffa.mp4,3", "b.mp4\t4", "# c.mp4 5", "d 2.mp4", "/e.mp4  6 ")).toEqual([
      { path: "/data/a.mp4", label: 3 },
      { path: "/data/b.mp4", label: 4 },
      { path: "/data/d 2.mp4" },
      { path: "/e.mp4", label: 6 },
    ])
  })

  it.each([
    [["a.mp4 1", " 5"], undefined],
    [["a.mp4", "b 1 0"], /train\.csv: line 2 asks for 0 frames from number 1\nExpected one clip/],
    [["a.mp4", "", "b -1 7"], /line 3 asks for 7 frames from number -1/],
    [["a.mp4", ",5"], /line 2 has no path/],
    [["a\0b"], /line 1 is not text/],
    [["x".repeat(9000)], /line 1 has 9000 characters/],
  ])("%j", (lines, message) => {
    if (message) expect(() => items(...lines)).toThrow(message)
    else expect(items(...lines)[1].path).toBe("/data/5")
  })

  it("of pre-training where all starts are above 1: other lines say so or folders", async () => {
    const starts = [{ start: 70, count: 58 }, undefined]
    expect(items("f 70 58", "a.mp4 0 -1").map(({ frames }) => frames)).toEqual(starts)
    const folder = at("numbered")
    mkdirSync(folder)
    for (let i = 5; i < 9; i++) writeFileSync(join(folder, `img_0000${i}.png`), "")
    const read = async (...lines: string[]) => {
      writeFileSync(at("list.txt"), lines.join("\n"))
      return (await readList(at("list.txt"))).map(({ frames, label }) => ({ ...frames, label }))
    }
    expect(await read("missing 9 9", "numbered 7 2")).toEqual([
      { start: 9, count: 9, label: undefined },
      { start: 7, count: 2, label: undefined },
    ])
    expect(await read("numbered 4 7", "missing 9 9")).toEqual([
      { count: 4, label: 7 },
      { count: 9, label: 9 },
    ])
    expect(await read("numbered 7 2", "missing 9 0")).toEqual([
      { count: 7, label: 2 },
      { count: 9, label: 0 },
    ])
  })
})
