import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { random } from "@tubelet/core/random"
import { beforeAll, describe, expect, it } from "vitest"
import { loadNodeAv } from "../src/decode/node-av.js"
import {
  discover,
  MediaError,
  open,
  readClipInSubprocess,
  readPicture,
  writePng,
} from "../src/index.js"
import { clip } from "./media.js"
import { type NumberedClip, readNumber, writeNumbered } from "./numbered.js"

const scratch = mkdtempSync(join(tmpdir(), "tubelet-damage-"))
const av = (await loadNodeAv())!
const frameCount = 30
const times = Array.from({ length: frameCount }, (_, i) => i / 10)

const clips: Record<string, NumberedClip> = {
  "a.mp4": { encoder: "libx264", reordered: 2, options: { preset: "veryfast" } },
  "a.mkv": { encoder: "libx264", reordered: 2, options: { preset: "veryfast" } },
  "a.ts": { encoder: "libx264", reordered: 2, options: { preset: "veryfast" } },
  "a.flv": { encoder: "flv" },
  "a.webm": { encoder: "libvpx" },
  "a.avi": { encoder: "mpeg4" },
  "b.avi": { encoder: "mpeg4", reordered: 2 },
  "a.wmv": { encoder: "wmv2" },
  "a.gif": { encoder: "gif", pixels: "rgb8" },
  "a.mpg": { encoder: "mpeg2video", rate: 25, reordered: 2 },
}

beforeAll(() => {
  for (const [name, clip] of Object.entries(clips)) writeNumbered(av, join(scratch, name), clip)
})

/** The numbers shown by valid frames, undefined for the others; or why the file was refused. */
async function read(
  name: string,
  bytes: Uint8Array,
  { rate = 10 }: Partial<NumberedClip> = {},
): Promise<(number | undefined)[] | string> {
  const path = join(scratch, `damaged-${name}`)
  writeFileSync(path, bytes)
  try {
    const source = await open(path)
    const { data, valid, width, height } = await source.frames(times.map((t) => (t * 10) / rate))
    source.close()
    const frame = 3 * width * height
    return valid.map((isValid, i) =>
      isValid
        ? readNumber({ width, height }, data.subarray(i * frame, (i + 1) * frame))
        : undefined,
    )
  } catch (error) {
    expect(error).toBeInstanceOf(MediaError)
    expect((error as MediaError).message).toContain(path)
    return (error as MediaError).message
  }
}

describe("truncated files", () => {
  it.each(Object.keys(clips))("%s: valid frames are right, and nothing hangs", async (name) => {
    const whole = readFileSync(join(scratch, name))
    let [refused, flagged] = [0, 0]
    for (let i = 0; i < 24; i++) {
      const length = Math.floor((whole.length * i) / 24) + 7 * i
      const shown = await read(name, whole.subarray(0, length), clips[name])
      if (typeof shown === "string") refused++
      else {
        expect(shown.length).toBe(frameCount)
        for (const [time, number] of shown.entries()) {
          if (number !== undefined) expect(number, `${length} bytes`).toBe(time)
        }
        if (shown.includes(undefined)) flagged++
      }
    }
    // MP4 has its index at the end; without it, nothing can be read.
    if (name === "a.mp4") expect(refused).toBeGreaterThan(20)
    else expect(flagged).toBeGreaterThan(16)
  })
})

describe("files with wrong bytes", () => {
  it.each(Object.keys(clips))("%s: any damage is read, flagged or refused", async (name) => {
    const whole = readFileSync(join(scratch, name))
    const draw = random("damage", name)
    for (let i = 0; i < 24; i++) {
      const bytes = Uint8Array.from(whole)
      for (let flip = 0; flip < [1, 10, 100, 1000][i % 4]; flip++) {
        bytes[draw.integer(bytes.length)] ^= 1 << draw.integer(8)
      }
      const shown = await read(name, bytes)
      if (typeof shown !== "string") expect(shown.length).toBe(frameCount)
    }
  })

  it("a header's claims are not trusted", async () => {
    const whole = readFileSync(join(scratch, "a.avi"))
    const frames = Buffer.from(whole)
    frames.writeUInt32LE(1e9, frames.indexOf("avih") + 8 + 16)
    frames.writeUInt32LE(1e9, frames.indexOf("strh") + 8 + 32)
    expect(await read("many.avi", frames)).toEqual(times.map((_, i) => i))
    const many = await open(join(scratch, "damaged-many.avi"))
    expect((await many.frames([1e6])).valid).toEqual([false])
    many.close()

    const gif = Buffer.from(readFileSync(join(scratch, "a.gif")))
    gif.writeUInt32LE(0xffffffff, 6)
    expect(await read("huge.gif", gif)).toMatch(/header claims|not a readable/)

    const mp4 = Buffer.from(readFileSync(join(scratch, "a.mp4")))
    mp4.writeUInt32BE(1e9, mp4.indexOf("stsz") + 12)
    expect(typeof (await read("many.mp4", mp4))).toBe("string")
  })

  it("refuses pictures that claim to be huge, and clips beyond memory", async () => {
    const png = Buffer.from("89504e470d0a1a0a0000000d49484452000f4240000f42400802000000", "hex")
    writeFileSync(join(scratch, "huge.png"), png)
    await expect(open(join(scratch, "huge.png"))).rejects.toThrow(/huge\.png: not a readable image/)
    const source = await open(clip("street-01"))
    const far = source.frames(new Float64Array(1e5))
    await expect(far).rejects.toThrow(/100000 frames of 340 x 256 pixels are more than 4 GiB/)
    source.close()
  })
})

describe("a misleading file", () => {
  it("is recognised by its bytes, not its name", async () => {
    writeFileSync(join(scratch, "video.jpg"), readFileSync(clip("street-01")))
    const video = await open(join(scratch, "video.jpg"))
    expect([video.codec, video.frameTimes.length]).toEqual(["h264", 60])
    video.close()
    await writePng(join(scratch, "grey.png"), { data: new Uint8Array(48), width: 4, height: 4 })
    writeFileSync(join(scratch, "picture.mp4"), readFileSync(join(scratch, "grey.png")))
    const picture = await open(join(scratch, "picture.mp4"))
    expect([picture.codec, picture.width]).toEqual(["png", 4])
    expect((await readPicture(join(scratch, "grey.png"))).width).toBe(4)
  })

  it.skipIf(process.platform === "win32")("pipes and devices are refused at once", async () => {
    const pipe = join(scratch, "pipe.mp4")
    execFileSync("mkfifo", [pipe])
    symlinkSync("/dev/zero", join(scratch, "zero.mp4"))
    for (const path of [pipe, join(scratch, "zero.mp4")]) {
      await expect(open(path)).rejects.toThrow("is not a file but a pipe or a device")
      await expect(discover(path)).rejects.toThrow("is a pipe or a device")
    }
  })

  it("crashes only a subprocess, and the error names the file", async () => {
    const options = {
      frames: 2,
      stride: 1,
      size: 32,
      transforms: ["resize", "centre-crop"],
    } as const
    const apart = await readClipInSubprocess({ path: clip("street-01") }, options)
    expect([apart.data.length, apart.source.codec]).toEqual([2 * 32 * 32 * 3, "h264"])
    const path = join(scratch, "nothing.mp4")
    writeFileSync(path, "")
    await expect(readClipInSubprocess({ path }, options)).rejects.toThrow(
      /nothing\.mp4: not a readable video: .+\ncheck/i,
    )
    const late = readClipInSubprocess({ path: clip("street-01") }, options, 0.001)
    await expect(late).rejects.toThrow(/street-01\.mp4: no frames within 0\.001 s/)
  })
})
