import type { CodecContext, Frame, Packet } from "node-av/lib"
import { type Container, discardOthers, openContainer } from "./container.js"
import { MediaError } from "./errors.js"
import type { NodeAv } from "./node-av.js"
import type { Keyframe } from "./packet-index.js"
import { seeksByDts } from "./seek.js"

/** A decoded frame; `picture` is valid until the next call of `next`. */
export interface Decoded {
  /** In ticks of the stream's time base; the frame's number if the container has no timestamps. */
  readonly pts: number
  readonly picture: Frame
  /** The decoder found damage in this frame or one it may refer to. */
  readonly damaged: boolean
}

/** A decoder that advances through a stream and can seek. Call `close` when done. */
export class Decoder {
  /** Frames with truncated packets, which not every codec notices. */
  corrupt: ReadonlySet<number> = new Set()
  readonly #codec: CodecContext
  readonly #packet: Packet
  readonly #picture: Frame
  #ended = false
  #damaged = false
  #waitingForKey = true
  #skipping = false
  /** Frames decoded since the start, if the container has no timestamps. */
  #count: number | undefined
  readonly #av: NodeAv
  #container: Container

  constructor(av: NodeAv, container: Container) {
    this.#av = av
    this.#container = container
    const { lib } = av
    const { codecpar, timeBase } = container.stream
    const decoder = lib.Codec.findDecoder(codecpar.codecId)
    const codec = new lib.CodecContext()
    codec.allocContext3(decoder)
    codec.parametersToContext(codecpar)
    codec.pktTimebase = timeBase
    // One thread: subprocesses decode clips in parallel, and frame threads add latency.
    codec.threadCount = 1
    // Without this, some codecs silently decode damaged data. Checksums are rare in video.
    codec.setOption("err_detect", "crccheck+bitstream+buffer")
    if (!decoder || codec.open2Sync(decoder, null) < 0) {
      codec.freeContext()
      const name = lib.avGetCodecName(codecpar.codecId) ?? "unknown"
      throw new MediaError(
        container.path,
        `no decoder for its codec, ${name}`,
        "convert the file to H.264, HEVC, VP9 or AV1",
      )
    }
    this.#codec = codec
    this.#packet = new lib.Packet()
    this.#packet.alloc()
    this.#picture = new lib.Frame()
    this.#picture.alloc()
  }

  /** The open container; `rewind` frees the native objects of the previous one. */
  get current(): Container {
    return this.#container
  }

  /** Frames that the codec may hold back for reordering. */
  get delay(): number {
    return this.#codec.hasBFrames
  }

  /** Seeks to a keyframe. Returns false if the container cannot. */
  seek({ pts, dts }: Keyframe): boolean {
    const { format, stream } = this.#container
    const flags = this.#av.constants.AVSEEK_FLAG_BACKWARD
    const target = seeksByDts(format.iformat?.name ?? "") ? dts : pts
    const moved = format.seekFrameSync(stream.index, BigInt(target), flags) >= 0
    this.#restart()
    return moved
  }

  /** Goes back to the first packet by reopening the file, which works even where seeking fails. */
  rewind(): void {
    const { path, packed, format } = this.#container
    format.closeInputSync()
    this.#container = openContainer(this.#av, path, packed)
    discardOthers(this.#av, this.#container)
    this.#restart()
  }

  /** From here on, frames are identified by number and reached from the start only. */
  countFrames(): void {
    this.#count = 0
    this.rewind()
  }

  /** The next frame in display order; undefined at the end. May skip frames that are not wanted. */
  next(wants: (pts: number) => boolean): Decoded | undefined {
    for (;;) {
      this.#picture.unref()
      const code = this.#codec.receiveFrameSync(this.#picture)
      if (code >= 0) return this.#decoded()
      const { AVERROR_EAGAIN, AVERROR_EOF } = this.#av.constants
      if (code !== AVERROR_EAGAIN && code !== AVERROR_EOF) this.#damaged = true
      if (this.#ended) return undefined
      this.#feed(wants)
    }
  }

  close(): void {
    this.#picture.free()
    this.#packet.free()
    this.#codec.freeContext()
    this.#container.format.closeInputSync()
  }

  #restart(): void {
    this.#codec.flushBuffers()
    // FFmpeg's HEVC decoder keeps frames across a flush that it has already output.
    while (this.#codec.receiveFrameSync(this.#picture) >= 0) this.#picture.unref()
    if (this.#count !== undefined) this.#count = 0
    this.#ended = false
    this.#damaged = false
    this.#waitingForKey = true
  }

  #decoded(): Decoded {
    const picture = this.#picture
    const { AV_FRAME_FLAG_CORRUPT } = this.#av.constants
    if (picture.keyFrame) this.#damaged = false
    if (picture.decodeErrorFlags || picture.flags & AV_FRAME_FLAG_CORRUPT) this.#damaged = true
    const pts = this.#count === undefined ? Number(picture.bestEffortTimestamp) : this.#count++
    if (this.corrupt.has(pts)) this.#damaged = true
    return { pts, picture, damaged: this.#damaged }
  }

  #feed(wants: (pts: number) => boolean): void {
    const packet = this.#packet
    const codec = this.#codec
    const container = this.#container
    if (container.format.readFrameSync(packet) < 0) {
      this.#ended = true
      codec.sendPacketSync(null)
      return
    }
    const ours = packet.streamIndex === container.stream.index
    if (ours && packet.isKeyframe) this.#waitingForKey = false
    if (ours && !this.#waitingForKey) {
      this.#skipUnreferenced(this.#count === undefined && !wants(Number(packet.pts)))
      if (codec.sendPacketSync(packet) < 0) this.#damaged = true
    }
    packet.unref()
  }

  /** Skips decoding of frames that are neither wanted nor referenced by others. */
  #skipUnreferenced(skip: boolean): void {
    if (skip === this.#skipping) return
    this.#skipping = skip
    this.#codec.setOption("skip_frame", skip ? "noref" : "default")
  }
}
