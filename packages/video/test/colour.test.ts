import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { random } from "@tubelet/core/random"
import type { Frame } from "node-av/lib"
import { describe, expect, it } from "vitest"
import { effort } from "../../../scripts/effort.mjs"
import { findFfmpeg } from "../src/decode/ffmpeg-program.js"
import { openWithFfmpeg } from "../src/decode/ffmpeg-source.js"
import { loadNodeAv } from "../src/decode/node-av.js"
import { open } from "../src/index.js"
import { type Colour, writeClip } from "./numbered.js"
import golden from "./pyav.json" with { type: "json" }

const scratch = process.env.TUBELET_COLOUR_CLIPS ?? mkdtempSync(join(tmpdir(), "tubelet-colour-"))
const av = (await loadNodeAv())!
const { lib, constants: c } = av
const ffmpeg = await findFfmpeg()
if (!ffmpeg) console.warn("left out: colours through ffmpeg (apt-get install ffmpeg)")

interface Stored extends Colour {
  readonly pixels: string
  readonly width?: number
  readonly height?: number
  readonly interlaced?: boolean
  readonly encoder?: string
}

/** Two lossless frames of noise in every plane: the hardest case for chroma. */
function write(name: string, stored: Stored): string {
  const { encoder = "ffv1", pixels, width = 64, height = 48, interlaced, ...colour } = stored
  const path = join(scratch, `${name.replaceAll(/\W+/g, "-")}.mkv`)
  const clip = { encoder, frames: 2, width, height, pixels, interlaced, colour }
  writeClip(av, path, clip, (codec, i) => noise(codec.pixelFormat, { width, height, colour }, i))
  return path
}

function noise(
  format: Frame["format"],
  { width, height, colour }: { width: number; height: number; colour: Colour },
  number: number,
): Frame {
  const name = lib.avGetPixFmtName(format as never)!
  const bits = Number(/(9|1\d)le$/.exec(name)?.[1] ?? 8)
  const bytes = Buffer.alloc(lib.avImageGetBufferSize(format as never, width, height, 1))
  const draw = random("colour", number)
  if (bits === 8) for (let i = 0; i < bytes.length; i++) bytes[i] = draw.integer(256)
  else for (let i = 0; i < bytes.length; i += 2) bytes.writeUInt16LE(draw.integer(1 << bits), i)
  const frame = lib.Frame.fromVideoBuffer(bytes, { width, height, format: format as never })
  frame.pts = BigInt(number)
  return Object.assign(frame, colour)
}

const hlg = { colorTrc: c.AVCOL_TRC_ARIB_STD_B67, colorPrimaries: c.AVCOL_PRI_BT2020 }
const pq = { ...hlg, colorTrc: c.AVCOL_TRC_SMPTE2084 }
const limited = { colorRange: c.AVCOL_RANGE_MPEG }
const full = { colorRange: c.AVCOL_RANGE_JPEG }
const bt709 = { colorSpace: c.AVCOL_SPC_BT709, ...limited }
const bt2020 = { colorSpace: c.AVCOL_SPC_BT2020_NCL, ...limited }
const left = { chromaLocation: c.AVCHROMA_LOC_LEFT }
const topLeft = { chromaLocation: c.AVCHROMA_LOC_TOPLEFT }

const clips: Record<string, Stored> = {
  untagged: { pixels: "yuv420p" },
  bt709: { pixels: "yuv420p", ...bt709 },
  "bt709 full": { pixels: "yuv420p", ...bt709, ...full },
  bt601: { pixels: "yuv420p", ...limited, colorSpace: c.AVCOL_SPC_SMPTE170M },
  smpte240m: { pixels: "yuv422p", ...limited, colorSpace: c.AVCOL_SPC_SMPTE240M },
  fcc: { pixels: "yuv444p", ...limited, colorSpace: c.AVCOL_SPC_FCC },
  jpeg: { encoder: "mjpeg", pixels: "yuvj420p", ...full, colorSpace: c.AVCOL_SPC_BT470BG },
  hlg: { pixels: "yuv420p10le", ...bt2020, ...hlg, ...left },
  "hlg full": { pixels: "yuv420p10le", ...bt2020, ...hlg, ...full },
  pq: { pixels: "yuv420p12le", ...bt2020, ...pq, ...topLeft },
  "pq 4:2:2": { pixels: "yuv422p10le", ...bt2020, ...pq, ...left },
  "pq 4:4:4": { pixels: "yuv444p12le", ...bt2020, ...pq },
  "constant luminance": { pixels: "yuv420p10le", ...bt2020, colorSpace: c.AVCOL_SPC_BT2020_CL },
  alpha: { pixels: "yuva420p", ...bt709 },
  grey: { pixels: "gray10le", ...bt709 },
  rgb: { pixels: "gbrp10le", ...full, colorSpace: c.AVCOL_SPC_RGB, ...pq },
  interlaced: { pixels: "yuv420p", ...bt709, ...left, interlaced: true },
  "odd height": { pixels: "yuv420p", ...bt709, ...left, height: 49 },
  odd: { pixels: "yuv420p", ...bt709, ...left, width: 65, height: 49 },
}

const worst = (a: Uint8Array, b: ArrayLike<number>) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0)

/** Sixteen pixels of a frame, evenly spread. */
const sample = (frame: Uint8Array) =>
  Array.from(
    { length: 48 },
    (_, i) => frame[3 * Math.floor(((i / 3) | 0) * (frame.length / 48)) + (i % 3)],
  )

/**
 * `pyav.json` holds PyAV 18.1's results for these clips' second frames on x86-64: `sample` of
 * `[*av.open(path).decode(video=0)][1].to_ndarray(format="rgb24")`. (It refuses constant luminance,
 * so that case uses the clip tagged as non-constant.) To regenerate it, set TUBELET_COLOUR_CLIPS to
 * a folder for the clips. FFmpeg's code for other processors rounds some pixels differently.
 */
const rounding = process.arch === "x64" ? 0 : 2

describe("colours are as stored", () => {
  it.each(Object.entries(clips))("%s", async (name, stored) => {
    const path = write(name, stored)
    const source = await open(path)
    const { data, valid } = await source.frames(source.frameTimes)
    source.close()
    expect(valid).toEqual([true, true])
    const second = sample(data.subarray(data.length / 2))
    expect(worst(Uint8Array.from(second), golden[name as keyof typeof golden])).toBeLessThanOrEqual(
      rounding,
    )
    if (!ffmpeg) return
    const other = await openWithFfmpeg(ffmpeg, path)
    const through = await other.frames(other.frameTimes)
    // At odd widths, one value in a few hundred differs by one.
    expect(worst(through.data, data)).toBeLessThanOrEqual(name === "odd" ? 1 : 0)
  })
})

/** A clip's frames, by every decoder available. */
async function decode(path: string): Promise<Uint8Array[]> {
  const sources = [await open(path), ...(ffmpeg ? [await openWithFfmpeg(ffmpeg, path)] : [])]
  const frames = sources.map((source) => source.frames(source.frameTimes))
  const decoded = await Promise.all(frames)
  for (const source of sources) source.close()
  return decoded.map(({ data }) => data)
}

describe("colour tags", () => {
  const transfers = [1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]
  const primaries = [1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 22]
  const [hlgNumber, bt2020Number] = [18, 9]
  const pairs = transfers
    .flatMap((transfer) => primaries.map((primary) => [transfer, primary] as const))
    .filter(([a, b]) => effort(a === hlgNumber || b === bt2020Number, true))

  it.each(["yuv420p", "yuv420p10le"])(
    "transfer and primaries do not change the pixels: %s",
    async (pixels) => {
      const [plain] = await decode(write(`plain-${pixels}`, { pixels, ...bt2020 }))
      for (const [transfer, primary] of pairs) {
        const tags = { colorTrc: transfer, colorPrimaries: primary } as Colour
        const path = write(`tags-${pixels}`, { pixels, ...bt2020, ...tags })
        const source = await open(path)
        const { data } = await source.frames(source.frameTimes)
        source.close()
        expect(Buffer.compare(data, plain), `${transfer} ${primary}`).toBe(0)
      }
    },
  )

  it("mastering data does not change the pixels", async () => {
    const display = "G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,50)"
    const [plain, mastered] = await Promise.all(
      ["", `:master-display=${display}:max-cll=1000,400`].map((data, i) => {
        const path = join(scratch, `mastered-${i}.mp4`)
        const options = { "x265-params": `log-level=none:lossless=1${data}` }
        const clip = { encoder: "libx265", frames: 2, pixels: "yuv420p10le", options }
        const colour = { ...bt2020, ...pq }
        const size = { width: 64, height: 48, colour }
        writeClip(av, path, { ...clip, ...size }, (codec, i) => noise(codec.pixelFormat, size, i))
        return decode(path)
      }),
    )
    for (const data of mastered) expect(Buffer.compare(data, plain[0])).toBe(0)
  })

  it("constant luminance is read as BT.2020, and unsupported matrices are refused", async () => {
    const other = { pixels: "yuv420p", ...limited }
    const [plain] = await decode(write("ncl", { ...other, colorSpace: c.AVCOL_SPC_BT2020_NCL }))
    const constant = await decode(write("cl", { ...other, colorSpace: c.AVCOL_SPC_BT2020_CL }))
    for (const data of constant) expect(Buffer.compare(data, plain)).toBe(0)
    const refused = write("ictcp", { ...other, colorSpace: c.AVCOL_SPC_ICTCP })
    const message = /ictcp\.mkv: FFmpeg cannot convert its colour matrix, ictcp.+\nconvert the file/
    for (const source of [
      await open(refused),
      ...(ffmpeg ? [await openWithFfmpeg(ffmpeg, refused)] : []),
    ]) {
      await expect(source.frames([0])).rejects.toThrow(message)
      source.close()
    }
  })
})
