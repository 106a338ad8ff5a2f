import { open, rename, stat } from "node:fs/promises"
import { dirname, extname } from "node:path"
import { TubeletError } from "@tubelet/core"
import { notWritten, syncFolder } from "@tubelet/core/files"
import sharp from "sharp"
import { withSource } from "../clip/open-item.js"
import { shortSideSize } from "../crop/centre.js"
import { MediaError } from "../decode/errors.js"
import { isPicture } from "../decode/kinds.js"
import { requireValid } from "../decode/require-valid.js"
import type { Source } from "../decode/source.js"
import type { Size } from "../geometry.js"
import type { ClipItem } from "../item.js"
import { resize } from "../resize/resize.js"
import { openMp4 } from "../write/mp4.js"

/** Re-encodes an item as a file that is fast to read. */
export interface ReencodeTask {
  readonly kind: "reencode"
  readonly item: ClipItem
  /** Its extension decides whether it is an image. It appears only when complete. */
  readonly file: string
  /** Where it is written until then. */
  readonly unfinished: string
  /** Shorter side in pixels; smaller items keep their size. */
  readonly shortSide: number
}

export interface ReencodedFacts {
  /** Size of the file that was written. */
  readonly fileBytes: number
}

/** Frames from one key frame to the next: those of a clip, so that a seek decodes few in vain. */
const keyInterval = 16

/**
 * Encodes all frames of the item to an MP4 (H.264, constant rate, without sound), or its picture.
 *
 * @throws MediaError if the item cannot be read or one of its frames is damaged.
 * @throws TubeletError if the file cannot be written.
 */
export async function reencode(task: ReencodeTask): Promise<ReencodedFacts> {
  const { item, file, unfinished, shortSide } = task
  await withSource(item, (source) =>
    isPicture(file)
      ? writePicture(unfinished, source, shortSide, extname(file))
      : writeVideo(unfinished, source, shortSide),
  )
  await finish(unfinished, file).catch(async (cause) => {
    throw await notWritten(file, cause)
  })
  return { fileBytes: (await stat(file)).size }
}

/** A crash leaves either the whole file or none of that name. */
async function finish(unfinished: string, file: string): Promise<void> {
  const handle = await open(unfinished, "r+")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(unfinished, file)
  await syncFolder(dirname(file))
}

async function writeVideo(file: string, source: Source, shortSide: number): Promise<void> {
  const { frameRate, frameTimes } = source
  const to = evenSize(source, shortSide)
  const writer = await openMp4(file, { ...to, frameRate, keyInterval }).catch(written(file))
  try {
    for (let first = 0; first < frameTimes.length; first += keyInterval) {
      const times = frameTimes.subarray(first, first + keyInterval)
      const { data, valid } = await source.frames(times)
      requireValid(source.path, times, valid)
      await writer.write(resize(data, source, to, "bicubic")).catch(written(file))
    }
    await writer.end().catch(written(file))
  } finally {
    writer.close()
  }
}

/** A failure to write is not the clip's fault, and the next clip would fail too. */
const written = (file: string) => (error: unknown) => {
  if (!(error instanceof MediaError) || error.path !== file) throw error
  throw new TubeletError(error.problem, error.advice, { cause: error })
}

async function writePicture(file: string, source: Source, shortSide: number, extension: string) {
  const to = smaller(source, shortSide)
  const { data, valid } = await source.frames([0])
  requireValid(source.path, [0], valid)
  const raw = { ...to, channels: 3 } as const
  const picture = sharp(resize(data, source, to, "bicubic"), { raw })
  const quality = { quality: 95, chromaSubsampling: "4:4:4" }
  const encoded = await (extension === ".png" ? picture.png() : picture.jpeg(quality)).toBuffer()
  const failed = async (cause: NodeJS.ErrnoException) => {
    throw await notWritten(file, cause)
  }
  const handle = await open(file, "w").catch(failed)
  try {
    await handle.writeFile(encoded).catch(failed)
  } finally {
    await handle.close()
  }
}

const smaller = ({ width, height }: Size, shortSide: number): Size =>
  Math.min(width, height) <= shortSide
    ? { width, height }
    : shortSideSize({ width, height }, shortSide)

/** Chroma planes of half the size need even sides. */
function evenSize(from: Size, shortSide: number): Size {
  const { width, height } = smaller(from, shortSide)
  const even = (side: number) => Math.max(2, side - (side % 2))
  return { width: even(width), height: even(height) }
}
