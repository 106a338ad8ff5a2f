import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { openContainer, packetsOf } from "../src/decode/container.js"
import { Decoder } from "../src/decode/decoder.js"
import { findFfmpeg } from "../src/decode/ffmpeg-program.js"
import { openWithFfmpeg } from "../src/decode/ffmpeg-source.js"
import { loadNodeAv } from "../src/decode/node-av.js"
import { indexPackets } from "../src/decode/packet-index.js"
import { open, type Source } from "../src/index.js"
import { encode } from "./media.js"
import { type NumberedClip, readNumber, writeNumbered } from "./numbered.js"

const scratch = mkdtempSync(join(tmpdir(), "tubelet-formats-"))
const av = (await loadNodeAv())!
const ffmpeg = await findFfmpeg()
if (!ffmpeg) console.warn("left out: reading through ffmpeg (apt-get install ffmpeg)")

const x264 = { encoder: "libx264", reordered: 2, options: { preset: "veryfast" } }
const x265 = {
  encoder: "libx265",
  options: { preset: "ultrafast", "x265-params": "log-level=none" },
}
const vp9 = { encoder: "libvpx-vp9", options: { "cpu-used": "8", deadline: "realtime" } }
const av1 = { encoder: "libsvtav1", options: { preset: "12" } }
const mpeg4 = { encoder: "mpeg4" }
const mpeg2 = { encoder: "mpeg2video", rate: 25, reordered: 2 }
const uneven = Array.from({ length: 30 }, (_, i) => i + Math.floor((i * i) / 40))

const clips: Record<string, NumberedClip & { codec: string }> = {
  "h264.mp4": { ...x264, codec: "h264" },
  "h264.mov": { ...x264, codec: "h264" },
  "h264.mkv": { ...x264, codec: "h264" },
  "h264.ts": { ...x264, codec: "h264" },
  "h264.flv": { ...x264, codec: "h264" },
  "h264-444-odd.mp4": { ...x264, pixels: "yuv444p", width: 97, height: 65, codec: "h264" },
  "h264-10-bit.mkv": { ...x264, pixels: "yuv420p10le", codec: "h264" },
  "h264-interlaced.ts": { ...x264, interlaced: true, codec: "h264" },
  "hevc.mp4": { ...x265, codec: "hevc" },
  "hevc.ts": { ...x265, codec: "hevc" },
  "hevc-10-bit.mkv": { ...x265, pixels: "yuv420p10le", codec: "hevc" },
  "vp8.webm": { encoder: "libvpx", options: { "auto-alt-ref": "1" }, codec: "vp8" },
  "vp9.webm": { ...vp9, codec: "vp9" },
  "vp9-odd.mkv": { ...vp9, width: 97, height: 65, codec: "vp9" },
  "av1.webm": { ...av1, codec: "av1" },
  "av1.mp4": { ...av1, codec: "av1" },
  "mpeg4.avi": { ...mpeg4, codec: "mpeg4" },
  "mpeg4-reordered.avi": { ...mpeg4, reordered: 2, codec: "mpeg4" },
  "mpeg4.mp4": { ...mpeg4, reordered: 2, codec: "mpeg4" },
  "mpeg1.mpg": { ...mpeg2, encoder: "mpeg1video", codec: "mpeg1video" },
  "mpeg2.mpg": { ...mpeg2, codec: "mpeg2video" },
  "mpeg2-interlaced.ts": { ...mpeg2, interlaced: true, codec: "mpeg2video" },
  "flv1.flv": { encoder: "flv", codec: "flv1" },
  "wmv2.wmv": { encoder: "wmv2", codec: "wmv2" },
  "mjpeg.avi": { encoder: "mjpeg", pixels: "yuvj420p", codec: "mjpeg" },
  "a.gif": { encoder: "gif", pixels: "rgb8", codec: "gif" },
  "uneven.mp4": { ...x264, times: uneven, codec: "h264" },
  "uneven.mkv": { ...x264, times: uneven, codec: "h264" },
  "uneven.gif": { encoder: "gif", pixels: "rgb8", times: uneven, codec: "gif" },
  "one.mp4": { ...x264, frames: 1, codec: "h264" },
  "one.webm": { ...vp9, frames: 1, codec: "vp9" },
  "one.avi": { ...mpeg4, frames: 1, codec: "mpeg4" },
  "one.ts": { ...x264, frames: 1, codec: "h264" },
  "one.gif": { encoder: "gif", pixels: "rgb8", frames: 1, codec: "gif" },
}

/** Every frame in order, then every other one backwards, each with a separate seek. */
async function expectNumbers(
  source: Source,
  { frames = 30, rate = 10, times, ...clip }: NumberedClip,
) {
  const { width = 96, height = 64 } = clip
  expect([source.width, source.height, source.frameTimes.length]).toEqual([width, height, frames])
  const { data, valid, timestamps } = await source.frames(source.frameTimes)
  const bytes = 3 * width * height
  const numbers = valid.map((_, i) => readNumber(source, data.subarray(i * bytes, (i + 1) * bytes)))
  expect(numbers).toEqual(numbers.map((_, i) => i))
  expect(valid).toEqual(valid.map(() => true))
  const shown = numbers.map((_, i) => (times?.[i] ?? i) / rate)
  for (const [i, time] of timestamps.entries()) expect(time).toBeCloseTo(shown[i], 2)
  if (!times && frames > 1) expect(source.frameRate).toBeCloseTo(rate, 5)
  for (let i = frames - 1; i >= 0; i -= 3) {
    // Between this frame and the next, this one is displayed.
    const one = await source.frames([shown[i] + 0.4 / rate])
    expect([readNumber(source, one.data), one.valid[0]], `frame ${i}`).toEqual([i, true])
    expect(Buffer.compare(one.data, data.subarray(i * bytes, (i + 1) * bytes))).toBe(0)
  }
}

describe("frame by frame", () => {
  it.each(Object.entries(clips))("%s", async (name, { codec, ...clip }) => {
    const path = join(scratch, name)
    writeNumbered(av, path, clip)
    const source = await open(path)
    expect(source.codec).toBe(codec)
    await expectNumbers(source, clip)
    source.close()
  })
})

it.each(["mp4", "mkv", "ts"])("HEVC in %s seeks after its last frame but one", (container) => {
  const path = join(scratch, `seek.${container}`)
  writeNumbered(av, path, { ...x265, reordered: 2 })
  const opened = openContainer(av, path)
  const decoder = new Decoder(av, opened)
  const { pts, keys } = indexPackets(packetsOf(av, opened, { seconds: 0, turns: false }), false)
  // FFmpeg outputs the last frame after a seek if it was not read before.
  for (const key of keys) {
    decoder.rewind()
    for (const time of pts.slice(0, -1)) expect(decoder.next(() => true)?.pts).toBe(time)
    decoder.seek(key)
    expect(decoder.next(() => true)?.pts).toBe(key.pts)
  }
  decoder.close()
})

/** An SEI message at keyframes: flips, anticlockwise rotation in 2^-16 turns, and its end. */
function turning(codec: "h264" | "hevc", flips: string, parts: number): Buffer {
  const rotation = parts.toString(2).padStart(16, "0")
  const bits = `0${flips}${rotation}${codec === "h264" ? "10" : "1"}1`.padEnd(24, "0")
  const payload = bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2))
  const head = codec === "h264" ? [6] : [39 << 1, 1]
  return Buffer.from([0, 0, 0, 1, ...head, 47, payload.length, ...payload, 0x80])
}

describe("orientation in the stream", () => {
  type Place = readonly [x: number, y: number]
  /** Where a displayed pixel is stored, in a picture of 96 x 64. */
  const stored: Record<string, (x: number, y: number) => Place> = {
    "turned by 0": (x, y) => [x, y],
    "turned by 90": (x, y) => [y, 63 - x],
    "turned by 180": (x, y) => [95 - x, 63 - y],
    "turned by 270": (x, y) => [95 - y, x],
    mirrored: (x, y) => [95 - x, y],
  }
  it.each([
    ["h264.mp4", "turned by 90", "00", 0xc000],
    ["h264.ts", "turned by 180", "00", 0x8000],
    ["h264.mkv", "mirrored", "10", 0],
    ["hevc.mp4", "turned by 270", "00", 0x4000],
    ["hevc.ts", "turned by 90", "00", 0xc000],
    ["hevc-10-bit.mkv", "turned by 0", "00", 0],
  ])("%s %s", async (name, turn, flips, parts) => {
    const { codec, ...clip } = clips[name]
    const [plain, path] = [join(scratch, `plain-${name}`), join(scratch, `turned-${name}`)]
    writeNumbered(av, plain, clip)
    writeNumbered(av, path, { ...clip, before: turning(codec as "h264" | "hevc", flips, parts) })
    const whole = await open(plain)
    const { data } = await whole.frames([2.5])
    whole.close()
    const sources = [await open(path), ...(ffmpeg ? [await openWithFfmpeg(ffmpeg, path)] : [])]
    for (const source of sources) {
      const { width, height } = source
      expect([width, height]).toEqual(/90|270/.test(turn) ? [64, 96] : [96, 64])
      expect(source.rotation).toBe(Number(/\d+/.exec(turn)?.[0] ?? 180))
      const shown = (await source.frames([2.5])).data
      const wrong = shown.filter((value, i) => {
        const pixel = Math.floor(i / 3)
        const [x, y] = stored[turn](pixel % width, Math.floor(pixel / width))
        return Math.abs(value - data[3 * (96 * y + x) + (i % 3)]) > 2
      })
      expect(wrong.length).toBe(0)
      source.close()
    }
  })
})

describe.runIf(ffmpeg)("through the ffmpeg program", () => {
  const names = [
    ...["h264.mp4", "h264.ts", "hevc-10-bit.mkv", "vp8.webm", "vp9-odd.mkv", "mpeg2-interlaced.ts"],
    ...["mpeg4-reordered.avi", "uneven.gif"],
  ]
  it.each(names)("the same frames: %s", async (name) => {
    const path = join(scratch, name)
    writeNumbered(av, path, clips[name])
    const [a, b] = [await open(path), await openWithFfmpeg(ffmpeg!, path)]
    for (const key of ["width", "height", "rotation", "codec"] as const) expect(b[key]).toBe(a[key])
    expect(b.frameRate).toBeCloseTo(a.frameRate, 6)
    expect(b.duration).toBeCloseTo(a.duration, 2)
    expect(b.frameTimes).toEqual(a.frameTimes)
    for (const ids of [
      [0, 4, 8, 12],
      [29, 17, 17, 3],
    ]) {
      const times = ids.map((id) => a.frameTimes[id])
      const [x, y] = [await a.frames(times), await b.frames(times)]
      expect(y.valid).toEqual(x.valid)
      expect(y.timestamps).toEqual(x.timestamps)
      const worst = x.data.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - y.data[i])),
        0,
      )
      expect(worst).toBeLessThanOrEqual(name.includes("odd") ? 1 : 0)
    }
    a.close()
  })

  it.each([90, 180, 270])("rotated by %d degrees", async (degrees) => {
    const path = join(scratch, `turned-${degrees}.mp4`)
    encode(av, path, degrees)
    const [a, b] = [await open(path), await openWithFfmpeg(ffmpeg!, path)]
    expect([b.rotation, b.width, b.height]).toEqual([degrees, a.width, a.height])
    expect((await b.frames([0.2])).data).toEqual((await a.frames([0.2])).data)
    a.close()
  })

  it("flags frames missing from a truncated file, and refuses other files", async () => {
    const [whole, cut, text] = ["whole.mkv", "cut.mkv", "text.mkv"].map((name) =>
      join(scratch, name),
    )
    writeNumbered(av, whole, clips["h264.mkv"])
    const bytes = readFileSync(whole)
    writeFileSync(cut, bytes.subarray(0, bytes.length >> 1))
    const [a, b] = [await open(cut), await openWithFfmpeg(ffmpeg!, cut)]
    const times = Array.from({ length: 30 }, (_, i) => i / 10)
    const [x, y] = [await a.frames(times), await b.frames(times)]
    expect(y.valid).toEqual(x.valid)
    expect(y.valid).toContain(false)
    a.close()
    writeFileSync(text, "no video\n".repeat(99))
    await expect(openWithFfmpeg(ffmpeg!, text)).rejects.toThrow(/text\.mkv: not a readable video/)
  })
})
