import { random } from "@tubelet/core/random"
import type { CodecContext, FormatContext, Frame, Packet } from "node-av/lib"
import type { NodeAv } from "../src/decode/node-av.js"

// Clips whose frames show their number as light and dark bars, six bits from left to right, which
// stay readable after lossy compression.

const bits = 6

/** A stream's colour tags, by FFmpeg's numbers. */
export type Colour = Partial<
  Pick<CodecContext, "colorSpace" | "colorRange" | "colorTrc" | "colorPrimaries" | "chromaLocation">
>

export interface NumberedClip {
  readonly encoder: string
  readonly width?: number
  readonly height?: number
  readonly frames?: number
  /** FFmpeg's name of the pixel format. Default `yuv420p`. */
  readonly pixels?: string
  readonly options?: Readonly<Record<string, string>>
  /** Each frame's time, in frames of `rate`. Default: consecutive. */
  readonly times?: readonly number[]
  readonly rate?: number
  readonly reordered?: number
  readonly interlaced?: boolean
  readonly colour?: Colour
  /** Bytes to insert before each keyframe. */
  readonly before?: Buffer
}

/** Writes a clip of numbered frames; the extension selects the container. */
export const writeNumbered = (av: NodeAv, path: string, clip: NumberedClip): void =>
  writeClip(av, path, clip, (codec, i) => drawNumber(av, codec, i))

/** Writes a clip of any frames. */
export function writeClip(
  av: NodeAv,
  path: string,
  clip: NumberedClip,
  draw: (codec: CodecContext, i: number) => Frame,
): void {
  const { lib, constants } = av
  const { frames = 30, rate = 10, times } = clip
  const codec = openEncoder(av, clip)
  const format = new lib.FormatContext()
  format.allocOutputContext2(null, path.endsWith(".ts") ? "mpegts" : null, path)
  const stream = format.newStream(null)
  stream.codecpar.fromContext(codec)
  stream.timeBase = codec.timeBase
  stream.avgFrameRate = new lib.Rational(rate, 1)
  check(format.openOutputSync())
  check(format.writeHeaderSync(null))
  const packet = new lib.Packet()
  packet.alloc()
  const drain = () => {
    while (codec.receivePacketSync(packet) >= 0) {
      packet.streamIndex = 0
      if (clip.before && packet.isKeyframe) prepend(clip.before, packet)
      if (packet.duration <= 0n) packet.duration = 1n
      packet.rescaleTs(codec.timeBase, stream.timeBase)
      check(format.interleavedWriteFrameSync(packet))
    }
  }
  for (let i = 0; i < frames; i++) {
    const frame = draw(codec, i)
    frame.pts = BigInt(times?.[i] ?? i)
    if (clip.interlaced) frame.setFlags(constants.AV_FRAME_FLAG_INTERLACED)
    check(codec.sendFrameSync(frame))
    frame.free()
    drain()
  }
  codec.sendFrameSync(null)
  drain()
  close(format, codec)
}

/** Replaces a packet's data, keeping its times. */
function prepend(before: Buffer, packet: Packet): void {
  const { pts, dts, duration } = packet
  packet.data = Buffer.concat([before, packet.data!])
  Object.assign(packet, { pts, dts, duration, isKeyframe: true })
}

function close(format: FormatContext, codec: CodecContext): void {
  check(format.writeTrailerSync())
  format.closeOutputSync()
  codec.freeContext()
}

function openEncoder({ lib, constants }: NodeAv, clip: NumberedClip): CodecContext {
  const { width = 96, height = 64, rate = 10, pixels = "yuv420p", reordered = 0 } = clip
  const encoder = lib.Codec.findEncoderByName(clip.encoder as never)!
  const codec = new lib.CodecContext()
  codec.allocContext3(encoder)
  const pixelFormat = lib.avGetPixFmtFromName(pixels)
  Object.assign(codec, {
    width,
    height,
    pixelFormat,
    gopSize: 10,
    maxBFrames: reordered,
    ...clip.colour,
  })
  codec.timeBase = new lib.Rational(1, rate)
  codec.framerate = new lib.Rational(rate, 1)
  codec.threadCount = 1
  codec.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER)
  if (clip.interlaced) codec.setFlags(constants.AV_CODEC_FLAG_INTERLACED_DCT)
  const common = { b: "1500k" }
  for (const [name, value] of Object.entries({ ...common, ...clip.options })) {
    codec.setOption(name, value)
  }
  check(codec.open2Sync(encoder, null))
  return codec
}

function drawNumber({ lib, constants }: NodeAv, codec: CodecContext, number: number) {
  const { width, height, pixelFormat } = codec
  const rgb = Buffer.alloc(3 * width * height)
  for (let i = 0; i < width * height; i++) {
    const bit = Math.min(bits - 1, Math.floor(((i % width) * bits) / width))
    rgb.fill(number & (1 << bit) ? 220 : 30, 3 * i, 3 * i + 3)
  }
  // Noise at the bottom gives each frame enough bytes to damage.
  const noise = random("noise", number)
  for (let i = Math.floor(0.8 * height) * 3 * width; i < rgb.length; i++)
    rgb[i] = noise.integer(256)
  const format = constants.AV_PIX_FMT_RGB24
  const source = lib.Frame.fromVideoBuffer(rgb, { width, height, format })
  const frame = new lib.Frame()
  frame.alloc()
  Object.assign(frame, { width, height, format: pixelFormat })
  frame.getBuffer()
  const scale = new lib.SoftwareScaleContext()
  scale.allocContext()
  check(scale.scaleFrameSync(frame, source))
  scale.freeContext()
  source.free()
  return frame
}

/** The number shown by a decoded frame. */
export function readNumber(
  { width, height }: { width: number; height: number },
  frame: Uint8Array,
): number {
  let number = 0
  for (let bit = 0; bit < bits; bit++) {
    const x = Math.floor(((bit + 0.5) * width) / bits)
    if (frame[3 * ((height >> 1) * width + x)] > 125) number |= 1 << bit
  }
  return number
}

function check(code: number): void {
  if (code < 0) throw new Error(`encoding failed with ${code}`)
}
