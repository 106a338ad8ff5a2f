import { fileURLToPath } from "node:url"
import type { NodeAv } from "../src/decode/node-av.js"
import { loadNodeAv } from "../src/decode/node-av.js"

/** The repository's folder of real clips. */
export const clips = fileURLToPath(new URL("../../../examples/clips", import.meta.url))

export const clip = (name: string) => `${clips}/${name}.mp4`

/** Every frame of a file as RGB, by sequential decoding without seeks. */
export async function decodeAll(path: string): Promise<Uint8Array[]> {
  const { lib, constants } = (await loadNodeAv())!
  const format = new lib.FormatContext()
  format.openInputSync(path)
  format.findStreamInfoSync()
  const { codecpar } = format.streams[0]
  const codec = new lib.CodecContext()
  const decoder = lib.Codec.findDecoder(codecpar.codecId)
  codec.allocContext3(decoder)
  codec.parametersToContext(codecpar)
  codec.open2Sync(decoder, null)
  const [packet, frame, rgb] = [new lib.Packet(), new lib.Frame(), new lib.Frame()]
  packet.alloc()
  frame.alloc()
  rgb.alloc()
  Object.assign(rgb, { format: constants.AV_PIX_FMT_RGB24 })
  Object.assign(rgb, { width: codecpar.width, height: codecpar.height })
  rgb.getBuffer()
  const scale = new lib.SoftwareScaleContext()
  scale.allocContext()
  const frames: Uint8Array[] = []
  const drain = () => {
    while (codec.receiveFrameSync(frame) >= 0) {
      scale.scaleFrameSync(rgb, frame)
      frames.push(Uint8Array.from(rgb.toBuffer()))
    }
  }
  while (format.readFrameSync(packet) >= 0) {
    if (packet.streamIndex === 0) codec.sendPacketSync(packet)
    packet.unref()
    drain()
  }
  codec.sendPacketSync(null)
  drain()
  format.closeInputSync()
  return frames
}

/**
 * Writes four 64x48 frames of a gradient with a display matrix for a rotation. In AVI, they refer
 * to later frames, and the container has no timestamps.
 */
export function encode({ lib, constants }: NodeAv, path: string, degrees: number): void {
  const [width, height] = [64, 48]
  const encoder = lib.Codec.findEncoderByName("mpeg4" as never)!
  const codec = new lib.CodecContext()
  codec.allocContext3(encoder)
  Object.assign(codec, { width, height, pixelFormat: constants.AV_PIX_FMT_YUV420P })
  codec.timeBase = new lib.Rational(1, 10)
  codec.framerate = new lib.Rational(10, 1)
  if (path.endsWith(".avi")) codec.maxBFrames = 2
  const format = new lib.FormatContext()
  format.allocOutputContext2(null, null, path)
  codec.setFlags(constants.AV_CODEC_FLAG_GLOBAL_HEADER)
  codec.open2Sync(encoder, null)
  const stream = format.newStream(null)
  stream.codecpar.fromContext(codec)
  stream.timeBase = codec.timeBase
  if (degrees) {
    stream.codecpar.addCodedSideData(constants.AV_PKT_DATA_DISPLAYMATRIX, turnBy(degrees))
  }
  format.openOutputSync()
  format.writeHeaderSync(null)
  const packet = new lib.Packet()
  packet.alloc()
  const drain = () => {
    while (codec.receivePacketSync(packet) >= 0) {
      packet.streamIndex = 0
      packet.rescaleTs(codec.timeBase, stream.timeBase)
      format.interleavedWriteFrameSync(packet)
    }
  }
  const plane = Buffer.alloc((width * height * 3) / 2, 128)
  for (let i = 0; i < width * height; i++) plane[i] = 20 + 3 * (i % width) + ((i / width) | 0)
  for (let i = 0; i < 4; i++) {
    plane.fill(10 * i, 0, width)
    const format = constants.AV_PIX_FMT_YUV420P
    codec.sendFrameSync(lib.Frame.fromVideoBuffer(plane, { width, height, format, pts: BigInt(i) }))
    drain()
  }
  codec.sendFrameSync(null)
  drain()
  format.writeTrailerSync()
  format.closeOutputSync()
}

function turnBy(degrees: number): Buffer {
  const [cos, sin] = { 90: [0, 1], 180: [-1, 0], 270: [0, -1] }[degrees] ?? [1, 0]
  const matrix = Buffer.alloc(36)
  const entries = [cos, sin, 0, -sin, cos]
  for (const [i, entry] of entries.entries()) matrix.writeInt32LE(entry * 65536, 4 * i)
  matrix.writeInt32LE(1 << 30, 32)
  return matrix
}
