import { readFile } from "node:fs/promises"
import sharp from "sharp"
import type { PackedFile } from "../item.js"
import { cmykToRgb } from "./cmyk.js"
import { MediaError } from "./errors.js"
import { bytesOf } from "./packed-bytes.js"
import type { Pixels } from "./pixels.js"
import type { Source } from "./source.js"
import { framesOfStills } from "./stills.js"

/**
 * Reads a picture.
 *
 * @throws MediaError naming the file if it is damaged or not a picture.
 */
export async function readPicture(path: string, packed?: PackedFile): Promise<Pixels> {
  try {
    // Passes bytes, not the name: libvips parses the end of `a.jpg[1]` as options.
    const bytes = await (packed ? bytesOf(packed) : readFile(path))
    const { format = "none", orientation = 1, space } = await sharp(bytes).metadata()
    if (!formats.has(format)) throw new Error(`its format is ${format}`)
    const stored = sharp(bytes, { ignoreIcc: true }).autoOrient().removeAlpha()
    const isCmyk = space === "cmyk"
    const { data, info } = await (isCmyk
      ? stored.pipelineColourspace("cmyk").toColourspace("cmyk")
      : stored.toColourspace("srgb")
    )
      .raw()
      .toBuffer({ resolveWithObject: true })
    const rgb = isCmyk ? cmykToRgb(data) : info.channels === 3 ? data : spread(data, info.channels)
    const rotation = exifDegrees[orientation] ?? 0
    const { width, height } = info
    return { data: rgb, width, height, format, rotation }
  } catch (error) {
    throw new MediaError(
      path,
      `not a readable image: ${(error as Error).message.split("\n")[0]}`,
      "check that the file is a complete JPEG, PNG, WebP, AVIF, TIFF or GIF",
      { cause: error },
    )
  }
}

/** sharp's names of raster formats. Vector formats (SVG, PDF) may refer to other files. */
const formats: ReadonlySet<string> = new Set("jpeg png webp heif tiff gif".split(" "))

/** Degrees clockwise by EXIF orientation; some orientations also mirror. */
const exifDegrees = [0, 0, 0, 180, 180, 90, 90, 270, 270]

/** Converts grey to RGB. */
function spread(data: Uint8Array, channels: number): Uint8Array {
  const pixels = data.length / channels
  const rgb = new Uint8Array(3 * pixels)
  for (let i = 0; i < pixels; i++) rgb.fill(data[i * channels], 3 * i, 3 * i + 3)
  return rgb
}

/** A picture as a source with one frame, displayed for one second. */
export async function openPicture(path: string, packed?: PackedFile): Promise<Source> {
  const pixels = await readPicture(path, packed)
  const { width, height, format, rotation } = pixels
  const source: Source = {
    path,
    width,
    height,
    rotation,
    duration: 1,
    frameRate: 1,
    codec: format,
    frameTimes: new Float64Array(1),
    close() {},
    frames: (times, options) => framesOfStills(source, times, options, async () => pixels),
  }
  return source
}
