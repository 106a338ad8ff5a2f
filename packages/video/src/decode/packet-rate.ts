import type { PacketIndex } from "./packet-index.js"
import type { Ratio } from "./video-source.js"

// A raw stream is an encoder's output without a container: `.h264`, `.hevc`, `.m2v`, `.mjpeg`.
const rawFormat =
  /^(h26[134]|hevc|vvc|evc|m4v|mpegvideo|mjpeg|obu|av1|vc1|cavsvideo|avs[23]|dirac)$/

/** The frames have timestamps, which give the rate. */
const unknownRate: Ratio = { num: 0, den: 0 }

/** Whether a format, by FFmpeg's name, is a raw stream. */
export const isRawStream = (format: string) => rawFormat.test(format)

/**
 * Frames per second by the packets' durations, where FFmpeg's average is meaningless; undefined
 * elsewhere. For raw streams the average is 25, in some versions even if the stream says otherwise;
 * for AVI it is the clock rate, counting empty packets. By FFmpeg's convention, packets of a raw
 * stream without a rate last 1/25 s.
 */
export function packetRate(
  { pts, count, ticks, untimed }: PacketIndex,
  { num, den }: Ratio,
  format: string,
): Ratio | undefined {
  if (!untimed) return isRawStream(format) ? unknownRate : undefined
  if (ticks === 0) return undefined
  // Each field of an interlaced frame may be a separate packet.
  const packetsPerFrame = Math.max(1, Math.round(count / pts.length))
  return { num: count * den, den: ticks * num * packetsPerFrame }
}
