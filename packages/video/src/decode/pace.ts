import type { PacketIndex } from "./packet-index.js"
import type { Ratio } from "./video-source.js"

// A bare stream is what an encoder puts out, in no container: `.h264`, `.hevc`, `.m2v`, `.mjpeg`.
const bareFormat =
  /^(h26[134]|hevc|vvc|evc|m4v|mpegvideo|mjpeg|obu|av1|vc1|cavsvideo|avs[23]|dirac)$/

/** Where the frames have times, these tell their rate. */
const unknownRate: Ratio = { num: 0, den: 0 }

/** Whether FFmpeg's name of a format is one of a bare stream. */
export const isBare = (format: string) => bareFormat.test(format)

/**
 * Frames a second by the packets' own times, where FFmpeg's average is none; undefined elsewhere.
 * Of bare streams it says 25, some versions even where the stream knows better, and of AVI what the
 * clock allows, empty packets too. By FFmpeg's convention, which is kept, packets of a bare stream
 * that says nothing last 1/25 s.
 */
export function paceOf(
  { pts, count, ticks, untimed }: PacketIndex,
  { num, den }: Ratio,
  format: string,
): Ratio | undefined {
  if (!untimed) return isBare(format) ? unknownRate : undefined
  if (ticks === 0) return undefined
  // A field of an interlaced frame may be a packet of its own.
  const packetsPerFrame = Math.max(1, Math.round(count / pts.length))
  return { num: count * den, den: ticks * num * packetsPerFrame }
}
