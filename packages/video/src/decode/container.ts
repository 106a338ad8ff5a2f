import type { FormatContext, Packet, Stream } from "node-av/lib"
import { MediaError } from "./errors.js"
import { demuxerOf, fileUrl, onlyFiles } from "./local-file.js"
import { checkSize } from "./memory.js"
import type { NodeAv } from "./node-av.js"
import { tellsOrientation } from "./orientation-message.js"
import type { PacketFacts } from "./packet-index.js"

/** FFmpeg's "no timestamp". */
const noPts = -(2n ** 63n)
const vp8 = 139
/** The bit of a VP8 frame's first byte that says it is shown; hidden ones are only references. */
const vp8Shown = 0x10

/** Why FFmpeg finds an argument invalid: the format that it took the file for is not allowed. */
export const noVideoFormat = "its format is not one that holds the frames of a video"

/** An opened container and its one video stream. */
export interface Container {
  readonly path: string
  readonly format: FormatContext
  readonly stream: Stream
  /** Seconds a tick of the stream's clock. */
  readonly tick: number
}

/** Opens a file and finds its video stream; no frame is decoded where the header says enough. */
export function openContainer(av: NodeAv, path: string): Container {
  const { lib, constants } = av
  const format = new lib.FormatContext()
  const demuxer = demuxerOf(path)
  const input = demuxer ? lib.InputFormat.findInputFormat(demuxer) : null
  const options = lib.Dictionary.fromObject(onlyFiles)
  const opened = format.openInputSync(fileUrl(path), input, options)
  options.free()
  if (opened === constants.AVERROR_EINVAL) throw notVideo(path, noVideoFormat)
  if (opened < 0) throw notVideo(path, new lib.FFmpegError(opened).message)
  try {
    if (!headerSuffices(format)) format.findStreamInfoSync(null)
    const index = format.findBestStream(constants.AVMEDIA_TYPE_VIDEO)
    if (index < 0) throw notVideo(path, "no video stream inside")
    const stream = format.streams[index]
    if (stream.disposition & constants.AV_DISPOSITION_ATTACHED_PIC)
      throw notVideo(path, "only sound and a cover picture inside")
    const { width, height } = stream.codecpar
    checkSize({ path, width, height })
    const container = { path, format, stream, tick: stream.timeBase.num / stream.timeBase.den }
    // Elsewhere the other streams tell how much of the file is there.
    if (isMp4(format)) discardOthers(av, container)
    return container
  } catch (error) {
    format.closeInputSync()
    throw error
  }
}

/** Reads on without the packets of sound, subtitles and second pictures. */
export function discardOthers({ constants }: NodeAv, { format, stream }: Container): void {
  for (const other of format.streams)
    if (other.index !== stream.index) other.discard = constants.AVDISCARD_ALL
}

/** Containers without lengths of packets: of a file that ends early, the last one is a part. */
export const handsOutParts = ({ format }: Container) =>
  /mpegts|mpeg\b|gif|ogg/.test(format.iformat?.name ?? "")

const isMp4 = (format: FormatContext) => format.iformat?.name?.includes("mp4") ?? false

/** MP4 and MOV headers hold sizes, rates and reorder depth, so no frames need be probed: 10 ms. */
function headerSuffices(format: FormatContext): boolean {
  if (!isMp4(format)) return false
  const video = format.streams.filter((stream) => stream.codecpar.width > 0)
  return video.length > 0 && video.every((stream) => stream.avgFrameRate.num > 0)
}

/** Why a file cannot be opened. */
export const notVideo = (path: string, why: string) =>
  new MediaError(
    path,
    `not readable as video: ${why}`,
    "Check that the file is whole: ffprobe or a player should open it.",
  )

/** What is seen on the way through the packets. */
export interface Seen {
  /** Seconds that the packets of all streams fill. */
  seconds: number
  /** The first key frame says how the video is to be turned. */
  turns: boolean
}

/** All packets of the video stream. Ends at the end of the file: seek before decoding. */
export function* packetsOf(
  av: NodeAv,
  { format, stream }: Container,
  seen: Seen,
): Generator<PacketFacts> {
  const codec = av.lib.avGetCodecName(stream.codecpar.codecId) ?? ""
  const header = stream.codecpar.extradata
  let isFirst = true
  const packet = new av.lib.Packet()
  packet.alloc()
  while (format.readFrameSync(packet) >= 0) {
    const { pts, dts, duration } = packet
    if (pts !== noPts) {
      const { num, den } = format.streams[packet.streamIndex].timeBase
      seen.seconds = Math.max(seen.seconds, (Number(pts + duration) * num) / den)
    }
    if (packet.streamIndex === stream.index) {
      if (isFirst && packet.isKeyframe) {
        isFirst = false
        seen.turns = tellsOrientation(codec, packet.data ?? new Uint8Array(), header)
      }
      yield {
        pts: pts === noPts ? undefined : Number(pts),
        dts: dts === noPts ? undefined : Number(dts),
        duration: Number(duration),
        bytes: packet.size,
        key: packet.isKeyframe,
        shown: isShown(av, stream, packet),
        corrupt: (packet.flags & av.constants.AV_PKT_FLAG_CORRUPT) !== 0,
      }
    }
    packet.unref()
  }
  packet.free()
}

function isShown(av: NodeAv, stream: Stream, packet: Packet): boolean {
  if (packet.flags & av.constants.AV_PKT_FLAG_DISCARD) return false
  if (stream.codecpar.codecId !== vp8) return true
  const first = packet.data?.[0]
  return first === undefined || (first & vp8Shown) !== 0
}
