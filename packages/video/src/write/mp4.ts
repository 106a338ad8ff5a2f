import { loadNodeAv } from "../decode/node-av.js"
import { blank, frameOf, paste } from "./canvas.js"
import type { Film } from "./compose.js"
import { FfmpegWriter } from "./ffmpeg-writer.js"
import { NodeAvWriter } from "./node-av-writer.js"
import type { VideoFormat, VideoWriter } from "./video-writer.js"

/** Writes a film as an MP4 (H.264) that any player and browser plays. Pads odd sizes by one. */
export async function writeMp4(path: string, film: Film, frameRate: number): Promise<void> {
  const { clip, width, height } = padToEven(film)
  const writer = await openMp4(path, { width, height, frameRate })
  try {
    await writer.write(clip)
    await writer.end()
  } finally {
    writer.close()
  }
}

/** Opens an MP4 (H.264) to write, with the encoder that is installed. */
export async function openMp4(path: string, format: VideoFormat): Promise<VideoWriter> {
  const av = await loadNodeAv()
  return av ? new NodeAvWriter(av, path, format) : new FfmpegWriter(path, format)
}

/** Chroma planes of half the size need even sides. */
function padToEven({ clip, width, height }: Film): Film {
  const even = { width: width + (width & 1), height: height + (height & 1) }
  if (even.width === width && even.height === height) return { clip, width, height }
  const count = clip.length / (3 * width * height)
  const frames = Array.from({ length: count }, (_, i) => {
    const frame = blank(even)
    paste(frame, frameOf(clip, { width, height }, i), 0, 0)
    return frame.data
  })
  return { ...even, clip: Uint8Array.from(Buffer.concat(frames)) }
}
