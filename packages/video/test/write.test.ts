import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { random } from "@tubelet/core/random"
import { describe, expect, it } from "vitest"
import { findFfmpeg } from "../src/decode/ffmpeg-program.js"
import { loadNodeAv, type NodeAv } from "../src/decode/node-av.js"
import type { Size } from "../src/geometry.js"
import {
  blank,
  contactSheet,
  drawMask,
  filmStrips,
  open,
  readPicture,
  sideBySide,
  writeMp4,
  writePng,
} from "../src/index.js"
import { FfmpegWriter } from "../src/write/ffmpeg-writer.js"
import { NodeAvWriter } from "../src/write/node-av-writer.js"
import { drawText } from "../src/write/text.js"
import type { VideoWriter } from "../src/write/video-writer.js"
import { clip } from "./media.js"

const ffmpeg = await findFfmpeg()
if (!ffmpeg) console.warn("left out: videos written by ffmpeg (apt-get install ffmpeg)")

const scratch = mkdtempSync(join(tmpdir(), "tubelet-write-"))
const size = { width: 8, height: 8 }
const bright = new Uint8Array(4 * 8 * 8 * 3).fill(200)

describe("drawMask", () => {
  it("greys the cells of masked tokens in all frames of a tubelet", () => {
    const grid = { frames: 2, height: 2, width: 4 }
    // Visible: the second cell of the upper row in the first two frames, the last cell in the rest.
    const masked = drawMask(bright, size, grid, [1, 15])
    const at = (t: number, y: number, x: number) => masked[3 * ((t * 8 + y) * 8 + x)]
    const shown = (t: number, y: number, x: number) =>
      t < 2 ? y < 4 && x >= 2 && x < 4 : y >= 4 && x >= 6
    for (let i = 0; i < 4 * 64; i++) {
      const [t, y, x] = [i >> 6, (i >> 3) & 7, i & 7]
      expect(at(t, y, x), `${t} ${y} ${x}`).toBe(shown(t, y, x) ? 200 : 128)
    }
    expect(bright.every((value) => value === 200)).toBe(true)
  })

  it("refuses a grid that does not divide the clip", () => {
    const draw = () => drawMask(bright, size, { frames: 2, height: 3, width: 4 }, [])
    expect(draw).toThrow(/clip of 4x8x8 cannot be divided into a grid of 2x3x4 tokens/)
  })
})

it("composes clips with captions", () => {
  const dark = new Uint8Array(bright.length).fill(20)
  const panels = [
    { caption: "a", clip: bright },
    { caption: "b", clip: dark },
  ]
  const film = sideBySide(panels, size)
  expect(film.clip.length).toBe(4 * 3 * film.width * film.height)
  const row = film.clip.subarray(-3 * film.width * 5, -3 * film.width * 4)
  const levels = (line: Uint8Array) => [...line].filter((_, i) => i % 3 === 0)
  const gap = [255, 255, 255, 255]
  const [left, right] = [Array(8).fill(200), Array(8).fill(20)]
  expect(levels(row)).toEqual([...gap, ...left, ...gap, ...right, ...gap])

  const strips = filmStrips(panels, size, 2)
  expect(strips.width).toBe(2 * 12 + 4)
  const sheet = contactSheet(bright, size, { captions: ["0.0", "0.4"] })
  expect([sheet.width, sheet.data.length]).toEqual([2 * 12 + 4, 3 * 28 * sheet.height])
})

it("writes captions in a built-in font", () => {
  const picture = blank({ width: 14, height: 10 })
  drawText(picture, "l1xx", 0, 0)
  const lines = Array.from({ length: 5 }, (_, y) =>
    Array.from({ length: 7 }, (_, x) => (picture.data[3 * (2 * y * 14 + 2 * x)] ? "." : "#")).join(
      "",
    ),
  )
  expect(lines).toEqual(["#....#.", "#...##.", "#....#.", "#....#.", "###.###"])
})

it("writes PNG that reads back the same", async () => {
  const data = Uint8Array.from({ length: 5 * 3 * 3 }, (_, i) => (i * 37) % 256)
  await writePng(join(scratch, "a.png"), { data, width: 5, height: 3 })
  const back = await readPicture(join(scratch, "a.png"))
  expect([back.width, back.height, back.format]).toEqual([5, 3, "png"])
  expect(Uint8Array.from(back.data)).toEqual(data)
})

describe("writeMp4", () => {
  it("writes H.264 that reads back nearly the same, odd sizes padded", async () => {
    const source = await open(clip("street-01"))
    const crop = { x: 20, y: 30, width: 101, height: 77 }
    const frames = await source.frames(source.frameTimes.subarray(0, 12), { crop })
    source.close()
    const path = join(scratch, "odd.mp4")
    await writeMp4(path, { clip: frames.data, width: 101, height: 77 }, 12.5)
    const back = await open(path)
    expect([back.codec, back.width, back.height]).toEqual(["h264", 102, 78])
    expect(back.frameRate).toBeCloseTo(12.5, 6)
    expect(back.duration).toBeCloseTo(12 / 12.5, 3)
    const read = await back.frames(back.frameTimes, { crop: { ...crop, x: 0, y: 0 } })
    back.close()
    expect(read.valid).toEqual(Array(12).fill(true))
    const error = read.data.reduce((sum, value, i) => sum + Math.abs(value - frames.data[i]), 0)
    expect(error / read.data.length).toBeLessThan(4)
  })

  it("names a file that cannot be written", async () => {
    const film = { clip: bright, ...size }
    await expect(writeMp4("/nowhere/x.mp4", film, 10)).rejects.toThrow(
      /\/nowhere\/x\.mp4: could not write the video: .+\ncheck that the folder/,
    )
  })
})

describe("videos for fast decoding", () => {
  const size = { width: 64, height: 48 }
  const format = { ...size, frameRate: 30, keyInterval: 16 }
  const writers: Record<string, (av: NodeAv, path: string) => VideoWriter> = {
    "node-av": (av, path) => new NodeAvWriter(av, path, format),
    ffmpeg: (_, path) => new FfmpegWriter(path, format),
  }

  for (const [name, openWriter] of Object.entries(writers)) {
    const missing = name === "ffmpeg" && !ffmpeg
    it.skipIf(missing)(
      `by ${name} have few frames that others refer to, and a key frame every 16`,
      async () => {
        const av = (await loadNodeAv())!
        const path = join(scratch, `${name}-fast.mp4`)
        const writer = openWriter(av, path)
        await writer.write(scrolled(48, size))
        await writer.end()
        writer.close()
        const packets = [...packetsOf(av, path)]
        expect(packets).toHaveLength(48)
        expect(packets.filter(({ key }) => key)).toHaveLength(3)
        // In 16 frames: the key frame, the eighth and the last.
        expect(packets.filter(({ referred }) => referred)).toHaveLength(9)
      },
    )
  }
})

/** Frames of noise that moves by one row from each to the next. */
function scrolled(count: number, { width, height }: Size): Uint8Array {
  const [row, noise] = [3 * width, random("noise")]
  const picture = Uint8Array.from({ length: row * (height + count) }, () => noise.integer(256))
  const bytes = row * height
  return Uint8Array.from({ length: count * bytes }, (_, i) => {
    return picture[(i % bytes) + row * Math.floor(i / bytes)]
  })
}

/** The packets of an H.264 file. */
function* packetsOf({ lib }: NodeAv, path: string) {
  const file = new lib.FormatContext()
  file.openInputSync(path, null, null)
  const packet = new lib.Packet()
  packet.alloc()
  while (file.readFrameSync(packet) >= 0) {
    yield { key: packet.isKeyframe, referred: isReferred(packet.data!) }
    packet.unref()
  }
  packet.free()
  file.closeInputSync()
}

/** Whether other frames refer to a packet's: the two bits of nal_ref_idc of its first slice. */
function isReferred(data: Buffer): boolean {
  for (let at = 0; at < data.length; at += 4 + data.readUInt32BE(at)) {
    const type = data[at + 4] & 0x1f
    if (type === 1 || type === 5) return (data[at + 4] & 0x60) !== 0
  }
  return false
}
