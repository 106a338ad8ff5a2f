import type { CodecContext, FormatContext, Packet, SoftwareScaleContext, Stream } from "node-av/lib"
import { MediaError } from "../decode/errors.js"
import { fileUrl } from "../decode/local-file.js"
import type { NodeAv } from "../decode/node-av.js"
import { fastDecoding, type VideoFormat, type VideoWriter } from "./video-writer.js"

/** Encodes to an MP4 (H.264) in this process. */
export class NodeAvWriter implements VideoWriter {
  readonly #av: NodeAv
  readonly #path: string
  readonly #format: VideoFormat
  readonly #codec: CodecContext
  readonly #file: FormatContext
  readonly #stream: Stream
  readonly #packet: Packet
  readonly #scale: SoftwareScaleContext
  #written = 0n

  constructor(av: NodeAv, path: string, format: VideoFormat) {
    const { lib } = av
    this.#av = av
    this.#path = path
    this.#format = format
    this.#codec = this.#openEncoder()
    this.#file = new lib.FormatContext()
    this.#file.allocOutputContext2(null, "mp4", fileUrl(path))
    this.#stream = this.#file.newStream(null)
    this.#stream.codecpar.fromContext(this.#codec)
    this.#stream.timeBase = this.#codec.timeBase
    this.#packet = new lib.Packet()
    this.#packet.alloc()
    this.#scale = new lib.SoftwareScaleContext()
    this.#scale.allocContext()
    try {
      this.#expect(this.#file.openOutputSync())
      this.#expect(this.#file.writeHeaderSync(null))
    } catch (error) {
      this.close()
      throw error
    }
  }

  async write(frames: Uint8Array): Promise<void> {
    const bytes = 3 * this.#format.width * this.#format.height
    for (let start = 0; start < frames.length; start += bytes) {
      this.#encode(frames.subarray(start, start + bytes))
    }
  }

  async end(): Promise<void> {
    this.#codec.sendFrameSync(null)
    this.#writePackets()
    this.#expect(this.#file.writeTrailerSync())
  }

  close(): void {
    this.#packet.free()
    this.#scale.freeContext()
    this.#codec.freeContext()
    this.#file.closeOutputSync()
  }

  #openEncoder(): CodecContext {
    const { lib, constants } = this.#av
    const { width, height, frameRate, keyInterval } = this.#format
    const encoder = lib.Codec.findEncoderByName(constants.FF_ENCODER_LIBX264)
    const codec = new lib.CodecContext()
    codec.allocContext3(encoder)
    Object.assign(codec, { width, height, pixelFormat: constants.AV_PIX_FMT_YUV420P })
    // In thousandths, for rates such as 29.97.
    codec.timeBase = new lib.Rational(1000, Math.round(1000 * frameRate))
    codec.framerate = new lib.Rational(Math.round(1000 * frameRate), 1000)
    codec.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER)
    codec.setOption("crf", "18")
    if (keyInterval !== undefined) {
      codec.gopSize = keyInterval
      codec.maxBFrames = fastDecoding.skippable
      codec.setOption("tune", fastDecoding.tune)
      codec.setOption("x264-params", fastDecoding.params)
    }
    this.#expect(codec.open2Sync(encoder, null))
    return codec
  }

  #encode(rgb: Uint8Array): void {
    const { lib, constants } = this.#av
    const { width, height } = this.#format
    const format = constants.AV_PIX_FMT_RGB24
    const from = lib.Frame.fromVideoBuffer(Buffer.from(rgb), { width, height, format })
    const yuv = new lib.Frame()
    yuv.alloc()
    Object.assign(yuv, { width, height, format: constants.AV_PIX_FMT_YUV420P })
    yuv.getBuffer()
    this.#scale.scaleFrameSync(yuv, from)
    yuv.pts = this.#written++
    this.#codec.sendFrameSync(yuv)
    yuv.free()
    from.free()
    this.#writePackets()
  }

  #writePackets(): void {
    const packet = this.#packet
    while (this.#codec.receivePacketSync(packet) >= 0) {
      packet.streamIndex = this.#stream.index
      packet.duration = 1n
      packet.rescaleTs(this.#codec.timeBase, this.#stream.timeBase)
      this.#expect(this.#file.interleavedWriteFrameSync(packet))
    }
  }

  #expect(code: number): void {
    if (code >= 0) return
    const why = new this.#av.lib.FFmpegError(code).message
    const advice = "check that the folder exists, is writable and has space"
    throw new MediaError(this.#path, `could not write the video: ${why}`, advice)
  }
}
