import type { CodecContext, Frame, Packet } from "node-av/lib"
import { type Container, discardOthers, openContainer } from "./container.js"
import { MediaError } from "./errors.js"
import type { NodeAv } from "./node-av.js"
import type { KeyFrame } from "./packet-index.js"
import { seeksByDts } from "./seek.js"

/** A decoded frame; `picture` is valid until the next one is asked for. */
export interface Decoded {
  /** Ticks of the stream's clock; in a container without times, the frame's number. */
  readonly pts: number
  readonly picture: Frame
  /** The decoder met damage in this frame or in one that it may refer to. */
  readonly damaged: boolean
}

/** One decoder walking forward through a stream, moved by `seek`. Call `close` when done. */
export class Decoder {
  /** Frames whose packets lack bytes, which not every codec notices. */
  corrupt: ReadonlySet<number> = new Set()
  readonly #codec: CodecContext
  readonly #packet: Packet
  readonly #picture: Frame
  #ended = false
  #damaged = false
  #waitingForKey = true
  #skipping = false
  /** Frames given since the start, where these stand in for times that the container lacks. */
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
    // One thread: clips are decoded side by side in processes, and frame threads add latency.
    codec.threadCount = 1
    // Without this some codecs read over damage in silence. Checksums are rare in video.
    codec.setOption("err_detect", "crccheck+bitstream+buffer")
    if (!decoder || codec.open2Sync(decoder, null) < 0) {
      codec.freeContext()
      const name = lib.avGetCodecName(codecpar.codecId) ?? "unknown"
      throw new MediaError(
        container.path,
        `no decoder for its codec, ${name}`,
        "Convert the file to H.264, HEVC, VP9 or AV1.",
      )
    }
    this.#codec = codec
    this.#packet = new lib.Packet()
    this.#packet.alloc()
    this.#picture = new lib.Frame()
    this.#picture.alloc()
  }

  /** The container as it is open now: native objects of one from before a `rewind` are gone. */
  get current(): Container {
    return this.#container
  }

  /** Pictures that the codec may hold back because later packets come before them in time. */
  get delay(): number {
    return this.#codec.hasBFrames
  }

  /** Goes to a key frame. False where the container cannot seek there. */
  seek({ pts, dts }: KeyFrame): boolean {
    const { format, stream } = this.#container
    const flags = this.#av.constants.AVSEEK_FLAG_BACKWARD
    const target = seeksByDts(format.iformat?.name ?? "") ? dts : pts
    const moved = format.seekFrameSync(stream.index, BigInt(target), flags) >= 0
    this.#restart()
    return moved
  }

  /** Goes to the very first packet, by opening the file again: works where seeking does not. */
  rewind(): void {
    const { path, format } = this.#container
    format.closeInputSync()
    this.#container = openContainer(this.#av, path)
    discardOthers(this.#av, this.#container)
    this.#restart()
  }

  /** From here on frames are told by their number, and reached from the start only. */
  countFrames(): void {
    this.#count = 0
    this.rewind()
  }

  /** The next frame in order of time that `wants` its pts, or undefined at the end. */
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
    // FFmpeg's HEVC decoder keeps pictures that it has already put out through a flush.
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

  /** Frames that no other refers to need not be decoded unless they are wanted themselves. */
  #skipUnreferenced(skip: boolean): void {
    if (skip === this.#skipping) return
    this.#skipping = skip
    this.#codec.setOption("skip_frame", skip ? "noref" : "default")
  }
}
