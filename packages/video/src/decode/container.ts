import type { FormatContext, Packet, Stream } from "node-av/lib"
import { MediaError } from "./errors.js"
import type { NodeAv } from "./node-av.js"

/** FFmpeg's "no timestamp". */
const NO_PTS = -(2n ** 63n)
const AV_CODEC_ID_VP8 = 139
/** The bit of a VP8 frame's first byte that says it is shown; hidden ones are only references. */
const VP8_SHOWN = 0x10

/** An opened container and its one video stream. */
export interface Container {
  readonly path: string
  readonly format: FormatContext
  readonly stream: Stream
  /** Seconds a tick of the stream's clock. */
  readonly tick: number
}

/** Opens a file and finds its video stream; no frame is decoded where the header says enough. */
export function openContainer({ lib, constants }: NodeAv, path: string): Container {
  const format = new lib.FormatContext()
  const opened = format.openInputSync(path, null, null)
  if (opened < 0) throw notVideo(path, new lib.FFmpegError(opened).message)
  try {
    if (!headerSuffices(format)) format.findStreamInfoSync(null)
    const index = format.findBestStream(constants.AVMEDIA_TYPE_VIDEO)
    if (index < 0) throw notVideo(path, "no video stream inside")
    for (const other of format.streams)
      if (other.index !== index) other.discard = constants.AVDISCARD_ALL
    const stream = format.streams[index]
    return { path, format, stream, tick: stream.timeBase.num / stream.timeBase.den }
  } catch (error) {
    format.closeInputSync()
    throw error
  }
}

/** MP4 and MOV headers hold sizes, rates and reorder depth, so no frames need be probed: 10 ms. */
function headerSuffices(format: FormatContext): boolean {
  if (!format.iformat?.name?.includes("mp4")) return false
  const video = format.streams.filter((stream) => stream.codecpar.width > 0)
  return video.length > 0 && video.every((stream) => stream.avgFrameRate.num > 0)
}

const notVideo = (path: string, why: string) =>
  new MediaError(
    path,
    `not readable as video: ${why}`,
    "Check that the file is whole: ffprobe or a player should open it.",
  )

/** What the packets say, without decoding: shown frames in order of time, in ticks. */
export interface PacketIndex {
  /** Ascending. */
  readonly pts: number[]
  /** Times of key frames, ascending. */
  readonly keys: number[]
  /** Some packets bear no time, so only decoding tells when frames are shown. */
  readonly untimed: boolean
}

/** Reads all packets of the stream. Leaves the container at its end: seek before decoding. */
export function indexPackets(av: NodeAv, { format, stream }: Container): PacketIndex {
  const packet = new av.lib.Packet()
  packet.alloc()
  const pts: number[] = []
  const keys: number[] = []
  let untimed = false
  while (format.readFrameSync(packet) >= 0) {
    if (packet.streamIndex === stream.index) {
      if (packet.pts === NO_PTS) untimed ||= packet.size > 0
      else if (packet.isKeyframe) keys.push(Number(packet.pts))
      // Nothing before the first key frame can be decoded.
      if (keys.length > 0 && isShown(av, stream, packet)) pts.push(Number(packet.pts))
    }
    packet.unref()
  }
  packet.free()
  const first = keys[0]
  keys.sort((a, b) => a - b)
  // Pictures that precede the first key frame in time refer to a group that is not there.
  const shown = pts.filter((time) => time >= first).sort((a, b) => a - b)
  return { pts: shown.filter((time, i) => time !== shown[i - 1]), keys, untimed }
}

function isShown(av: NodeAv, stream: Stream, packet: Packet): boolean {
  if (packet.flags & av.constants.AV_PKT_FLAG_DISCARD) return false
  if (stream.codecpar.codecId !== AV_CODEC_ID_VP8) return true
  const first = packet.data?.[0]
  return first === undefined || (first & VP8_SHOWN) !== 0
}
