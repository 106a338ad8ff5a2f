import type { FormatContext, Packet, Stream } from "node-av/lib"
import type { PackedFile } from "../item.js"
import { MediaError } from "./errors.js"
import { demuxerOf, inputUrl, onlyFiles } from "./local-file.js"
import { checkSize } from "./memory.js"
import type { NodeAv } from "./node-av.js"
import { hasOrientation } from "./orientation-message.js"
import type { PacketFacts } from "./packet-index.js"

/** FFmpeg's AV_NOPTS_VALUE. */
const noPts = -(2n ** 63n)
const vp8 = 139
/** Bit of a VP8 frame's first byte that marks it as displayed; others are only references. */
const vp8Shown = 0x10

/** Why FFmpeg returns EINVAL: the format it detected is not on the allowlist. */
export const noVideoFormat = "its format is not a video format"

/** An open container and its video stream. */
export interface Container {
  readonly path: string
  readonly packed: PackedFile | undefined
  readonly format: FormatContext
  readonly stream: Stream
  /** Seconds per tick of the stream's time base. */
  readonly tick: number
}

/** Opens a file and finds its video stream, without decoding frames if the header suffices. */
export function openContainer(av: NodeAv, path: string, packed?: PackedFile): Container {
  const { lib, constants } = av
  const format = new lib.FormatContext()
  const demuxer = demuxerOf(path, packed)
  const input = demuxer ? lib.InputFormat.findInputFormat(demuxer) : null
  const options = lib.Dictionary.fromObject(onlyFiles(packed))
  const opened = format.openInputSync(inputUrl(path, packed), input, options)
  options.free()
  if (opened === constants.AVERROR_EINVAL) throw notVideo(path, noVideoFormat)
  if (opened < 0) throw notVideo(path, new lib.FFmpegError(opened).message)
  try {
    if (!headerSuffices(format)) format.findStreamInfoSync(null)
    const index = format.findBestStream(constants.AVMEDIA_TYPE_VIDEO)
    if (index < 0) throw notVideo(path, "it contains no video stream")
    const stream = format.streams[index]
    if (stream.disposition & constants.AV_DISPOSITION_ATTACHED_PIC)
      throw notVideo(path, "it contains only audio and a cover image")
    const { width, height } = stream.codecpar
    checkSize({ path, width, height })
    const container = {
      path,
      packed,
      format,
      stream,
      tick: stream.timeBase.num / stream.timeBase.den,
    }
    // In other containers, the other streams show how much of the file there is.
    if (isMp4(format)) discardOthers(av, container)
    return container
  } catch (error) {
    format.closeInputSync()
    throw error
  }
}

/** From here on, skips packets of audio, subtitles and other video streams. */
export function discardOthers({ constants }: NodeAv, { format, stream }: Container): void {
  for (const other of format.streams)
    if (other.index !== stream.index) other.discard = constants.AVDISCARD_ALL
}

/** Containers without packet lengths: the last packet of a truncated file is incomplete. */
export const handsOutParts = ({ format }: Container) =>
  /mpegts|mpeg\b|gif|ogg/.test(format.iformat?.name ?? "")

const isMp4 = (format: FormatContext) => format.iformat?.name?.includes("mp4") ?? false

/** MP4 and MOV headers have sizes, rates and reorder depth; not probing frames saves 10 ms. */
function headerSuffices(format: FormatContext): boolean {
  if (!isMp4(format)) return false
  const video = format.streams.filter((stream) => stream.codecpar.width > 0)
  return video.length > 0 && video.every((stream) => stream.avgFrameRate.num > 0)
}

/** Why a file cannot be opened. */
export const notVideo = (path: string, why: string) =>
  new MediaError(
    path,
    `not a readable video: ${why}`,
    "check that the file is complete and opens in a player or ffprobe",
  )

/** What is learned while reading the packets. */
export interface Seen {
  /** End of the last packet of any stream in seconds. */
  seconds: number
  /** The first keyframe has a display orientation. */
  turns: boolean
}

/** All packets of the video stream. Leaves the file at its end: seek before decoding. */
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
        seen.turns = hasOrientation(codec, packet.data ?? new Uint8Array(), header)
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
