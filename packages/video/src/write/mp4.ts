import type { CodecContext, FormatContext, Packet, Stream } from "node-av/lib"
import { MediaError } from "../decode/errors.js"
import { fileUrl } from "../decode/local-file.js"
import { loadNodeAv, type NodeAv } from "../decode/node-av.js"
import { blank, frameOf, paste } from "./canvas.js"
import type { Film } from "./compose.js"
import { encodeWithFfmpeg } from "./ffmpeg.js"

/** Writes a film as an MP4 (H.264) that any player and browser plays. Pads odd sizes by one. */
export async function writeMp4(path: string, film: Film, frameRate: number): Promise<void> {
  const even = padToEven(film)
  const av = await loadNodeAv()
  if (av) encodeWithNodeAv(av, path, even, frameRate)
  else await encodeWithFfmpeg(path, even, frameRate)
}

/** The chroma planes of 4:2:0 are half as large, so both sides must be even. */
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

function encodeWithNodeAv(av: NodeAv, path: string, film: Film, frameRate: number): void {
  const { lib } = av
  const codec = openEncoder(av, path, film, frameRate)
  const format = new lib.FormatContext()
  format.allocOutputContext2(null, "mp4", fileUrl(path))
  const stream = format.newStream(null)
  stream.codecpar.fromContext(codec)
  stream.timeBase = codec.timeBase
  const packet = new lib.Packet()
  packet.alloc()
  try {
    expect(av, path, format.openOutputSync())
    expect(av, path, format.writeHeaderSync(null))
    sendFrames(av, film, codec, () => writePackets(av, path, { codec, format, stream, packet }))
    expect(av, path, format.writeTrailerSync())
  } finally {
    packet.free()
    codec.freeContext()
    format.closeOutputSync()
  }
}

function openEncoder(av: NodeAv, path: string, film: Film, frameRate: number): CodecContext {
  const { lib, constants } = av
  const encoder = lib.Codec.findEncoderByName(constants.FF_ENCODER_LIBX264)
  const codec = new lib.CodecContext()
  codec.allocContext3(encoder)
  codec.width = film.width
  codec.height = film.height
  codec.pixelFormat = constants.AV_PIX_FMT_YUV420P
  // In thousandths, for rates such as 29.97.
  codec.timeBase = new lib.Rational(1000, Math.round(1000 * frameRate))
  codec.framerate = new lib.Rational(Math.round(1000 * frameRate), 1000)
  codec.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER)
  codec.setOption("crf", "18")
  expect(av, path, codec.open2Sync(encoder, null))
  return codec
}

function sendFrames(av: NodeAv, film: Film, codec: CodecContext, drain: () => void): void {
  const { lib, constants } = av
  const { clip, width, height } = film
  const count = clip.length / (3 * width * height)
  const scale = new lib.SoftwareScaleContext()
  scale.allocContext()
  for (let i = 0; i < count; i++) {
    const data = Buffer.from(frameOf(clip, film, i).data)
    const format = constants.AV_PIX_FMT_RGB24
    const rgb = lib.Frame.fromVideoBuffer(data, { width, height, format })
    const yuv = new lib.Frame()
    yuv.alloc()
    Object.assign(yuv, { width, height, format: constants.AV_PIX_FMT_YUV420P })
    yuv.getBuffer()
    scale.scaleFrameSync(yuv, rgb)
    yuv.pts = BigInt(i)
    codec.sendFrameSync(yuv)
    yuv.free()
    rgb.free()
    drain()
  }
  codec.sendFrameSync(null)
  drain()
  scale.freeContext()
}

interface Output {
  readonly codec: CodecContext
  readonly format: FormatContext
  readonly stream: Stream
  readonly packet: Packet
}

function writePackets(av: NodeAv, path: string, { codec, format, stream, packet }: Output): void {
  while (codec.receivePacketSync(packet) >= 0) {
    packet.streamIndex = stream.index
    packet.duration = 1n
    packet.rescaleTs(codec.timeBase, stream.timeBase)
    expect(av, path, format.interleavedWriteFrameSync(packet))
  }
}

function expect({ lib }: NodeAv, path: string, code: number): void {
  if (code >= 0) return
  const why = new lib.FFmpegError(code).message
  const advice = "check that the folder exists, is writable and has space"
  throw new MediaError(path, `could not write the video: ${why}`, advice)
}
