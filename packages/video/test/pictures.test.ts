import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import sharp from "sharp"
import { describe, expect, it } from "vitest"
import { open, openFrameFolder, readPicture } from "../src/index.js"
import golden from "./pillow.json" with { type: "json" }

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

  it("with 16 bits, a palette or grey", async () => {
    const deep = Uint16Array.from({ length: 12 }, (_, i) => i * 5461)
    const grey = { raw: { width: 4, height: 3, channels: 1 as const } }
    await sharp(deep, grey).toColourspace("grey16").png().toFile(at("deep.png"))
    const read = await readPicture(at("deep.png"))
    expect([...read.data].filter((_, i) => i % 3 === 0)).toEqual(
      Array.from(deep, (value) => value >> 8),
    )
    await sharp(stripes, raw).png({ palette: true }).toFile(at("palette.png"))
    expect((await readPicture(at("palette.png"))).data).toEqual(stripes)
  })

  // Made with Pillow 12.3 (8 x 8 pixels): the files, and `Image.open(file).convert("RGB")` of each.
  it.each(Object.entries(golden))("as Pillow gives them: %s", async (name, { file, rgb }) => {
    const path = at(`${name.replaceAll(" ", "-")}.picture`)
    writeFileSync(path, Buffer.from(file, "base64"))
    expect(Buffer.from((await readPicture(path)).data)).toEqual(Buffer.from(rgb, "base64"))
  })

  it.each([
    [3, 180, [6, 2]],
    [6, 90, [2, 6]],
    [8, 270, [2, 6]],
    [5, 90, [2, 6]],
  ])("are rotated by EXIF orientation %d", async (orientation, degrees, size) => {
    const path = at(`exif-${orientation}.png`)
    await sharp(stripes, raw).withMetadata({ orientation }).png().toFile(path)
    const source = await open(path)
    expect([source.rotation, source.width, source.height]).toEqual([degrees, ...size])
    // The displayed position of the stored picture's red corner.
    const { data } = await source.frames([0])
    const corner = { 3: [5, 1], 6: [1, 0], 8: [0, 5], 5: [0, 0] }[orientation]!
    const pixel = 3 * (corner[1] * source.width + corner[0])
    expect([...data.subarray(pixel, pixel + 3)]).toEqual([255, 0, 0])
  })
})

describe("folders of frames", () => {
  it("may start at any number, with any file names", async () => {
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
    // Number 11 is missing, which would shift the frames.
    await expect(firstOf({ start: 9, count: 4 })).rejects.toThrow(/3 images found, 4 expected/)
    await expect(openFrameFolder(at("nowhere"))).rejects.toThrow(
      /nowhere: is not a readable folder/,
    )
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
