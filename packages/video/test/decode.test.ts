import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { loadNodeAv } from "../src/decode/node-av.js"
import { open } from "../src/index.js"
import { clip, decodeAll, encode } from "./media.js"

const scratch = mkdtempSync(join(tmpdir(), "tubelet-decode-"))

describe("open", () => {
  it("reads a clip's properties without decoding it", async () => {
    const source = await open(clip("street-01"))
    const { width, height, rotation, duration, frameRate, codec, frameTimes } = source
    expect({ width, height, rotation, duration, frameRate, codec }).toEqual({
      width: 340,
      height: 256,
      rotation: 0,
      duration: 6,
      frameRate: 10,
      codec: "h264",
    })
    expect(frameTimes).toEqual(Float64Array.from({ length: 60 }, (_, i) => i / 10))
    source.close()
  })

  it("names a file that is missing, empty or not a video, and says what to do", async () => {
    const text = join(scratch, "text.mp4")
    writeFileSync(text, "no video here\n".repeat(50))
    const empty = join(scratch, "empty.mp4")
    writeFileSync(empty, "")
    await expect(open("/nowhere/a.mp4")).rejects.toThrow(/\/nowhere\/a\.mp4: no such file/)
    await expect(open(text)).rejects.toThrow(/text\.mp4: not a readable video: .+\ncheck/)
    await expect(open(empty)).rejects.toThrow(/empty\.mp4: not a readable video/)
  })
})

describe("frames", () => {
  it.each(["street-01", "box-01", "cockatoo-01"])(
    "are the same by seeking and by sequential decoding: %s",
    async (name) => {
      const whole = await decodeAll(clip(name))
      const source = await open(clip(name))
      const bytes = 3 * source.width * source.height
      expect(source.frameTimes.length).toBe(whole.length)
      // Backwards, forwards, repeated, across keyframes, and with undecoded frames in between.
      const orders = [
        [41, 3, 3, 59, 30, 29, 31, 0],
        [10, 14, 18, 22, 26],
        [12, 16],
        [33, 35, 34],
      ]
      for (const order of orders) {
        const ids = order.map((i) => Math.min(i, whole.length - 1))
        const { data, valid, timestamps } = await source.frames(
          ids.map((i) => source.frameTimes[i]),
        )
        expect(valid).toEqual(ids.map(() => true))
        expect([...timestamps]).toEqual(ids.map((i) => source.frameTimes[i]))
        for (const [place, i] of ids.entries()) {
          const got = data.subarray(place * bytes, (place + 1) * bytes)
          expect(Buffer.compare(got, whole[i]), `frame ${i}`).toBe(0)
        }
      }
      source.close()
    },
  )

  it("copies only the crop, and refuses one outside the picture", async () => {
    const source = await open(clip("street-01"))
    const full = await source.frames([2])
    const crop = { x: 33, y: 17, width: 50, height: 20 }
    const part = await source.frames([2], { crop })
    const row = (y: number) => full.data.subarray(3 * ((17 + y) * 340 + 33)).subarray(0, 150)
    for (let y = 0; y < 20; y++)
      expect(Buffer.compare(part.data.subarray(150 * y, 150 * (y + 1)), row(y))).toBe(0)
    const outside = source.frames([2], { crop: { ...crop, x: 300 } })
    await expect(outside).rejects.toThrow(/crop of 50x20 at \(300, 17\).*340x256/)
    source.close()
  })

  it("returns the last frame past the end, and the first before the start", async () => {
    const source = await open(clip("street-01"))
    const { timestamps, valid } = await source.frames([-1, 5.95, 100, 0.0999, 0.1])
    expect([...timestamps]).toEqual([0, 5.9, 5.9, 0, 0.1])
    expect(valid).toEqual([true, true, true, true, true])
    source.close()
  })

  it("flags frames missing from a truncated file", async () => {
    const path = join(scratch, "truncated.mp4")
    const bytes = readFileSync(clip("street-01"))
    writeFileSync(path, bytes.subarray(0, bytes.length >> 1))
    const source = await open(path)
    expect(source.duration).toBe(6)
    expect(source.frameTimes.length).toBeLessThan(60)
    const { valid } = await source.frames([0, 1, 2, 4, 5])
    expect(valid).toEqual([true, true, true, false, false])
    source.close()
  })

  it("flags frames whose bytes are damaged, and those that refer to them", async () => {
    const path = join(scratch, "damaged.mp4")
    const bytes = readFileSync(clip("street-01"))
    const third = Math.floor(bytes.length / 3)
    bytes.fill(0x55, third, third + 1000)
    writeFileSync(path, bytes)
    const source = await open(path)
    const { valid } = await source.frames(source.frameTimes)
    expect(valid.slice(0, 5)).toEqual([true, true, true, true, true])
    expect(valid).toContain(false)
    source.close()
  })
})

it("counts frames if the container has no timestamps", async () => {
  const path = join(scratch, "untimed.avi")
  encode((await loadNodeAv())!, path, 0)
  const whole = await decodeAll(path)
  const source = await open(path)
  expect([...source.frameTimes]).toEqual([0, 0.1, 0.2, 0.3])
  const { data, valid } = await source.frames([0.2, 0, 0.3, 0.1])
  expect(valid).toEqual([true, true, true, true])
  expect(Buffer.compare(data, Buffer.concat([2, 0, 3, 1].map((i) => whole[i])))).toBe(0)
  source.close()
})

describe("rotation", () => {
  it.each([90, 180, 270])("rotates a video by %d degrees clockwise", async (degrees) => {
    const av = (await loadNodeAv())!
    const upright = join(scratch, "upright.mp4")
    const turned = join(scratch, `turned-${degrees}.mp4`)
    encode(av, upright, 0)
    encode(av, turned, degrees)
    const [a, b] = [await open(upright), await open(turned)]
    expect(b.rotation).toBe(degrees)
    expect([b.width, b.height]).toEqual(degrees === 180 ? [64, 48] : [48, 64])
    const from = (await a.frames([0])).data
    const to = (await b.frames([0])).data
    const shown = (x: number, y: number) =>
      degrees === 90 ? [47 - y, x] : degrees === 180 ? [63 - x, 47 - y] : [y, 63 - x]
    for (let y = 0; y < 48; y++) {
      for (let x = 0; x < 64; x++) {
        const [u, v] = shown(x, y)
        expect(to[3 * (v * b.width + u)]).toBe(from[3 * (y * 64 + x)])
      }
    }
    a.close()
    b.close()
  })
})
