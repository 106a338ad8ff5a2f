// H.264 and HEVC streams may contain a display orientation, in an SEI message at a keyframe
// (payload type 47: H.264 D.1.27, HEVC D.2.17). FFmpeg's decoders read it. This module only detects
// whether there is one, so that few files have to be decoded on opening.

const displayOrientation = 47

interface Codec {
  /** Bytes of a NAL unit's header. */
  readonly head: number
  /** Whether a NAL unit that starts with this byte holds prefix SEI messages. */
  readonly holdsMessages: (first: number) => boolean
  /** Bits 0-1 of this byte of the extradata are the size of a unit's length field, less 1. */
  readonly lengthAt: number
}

const codecs: Readonly<Record<string, Codec>> = {
  h264: { head: 1, holdsMessages: (first) => (first & 31) === 6, lengthAt: 4 },
  hevc: { head: 2, holdsMessages: (first) => ((first >> 1) & 63) === 39, lengthAt: 21 },
}

/** Whether a packet has a display orientation. `header` is the codec's extradata. */
export function hasOrientation(
  codecName: string,
  packet: Uint8Array,
  header: Uint8Array | null,
): boolean {
  const codec = codecs[codecName]
  if (!codec) return false
  const units =
    header?.[0] === 1 ? bySizes(packet, (header[codec.lengthAt] & 3) + 1) : byMarks(packet)
  for (const unit of units) {
    if (!codec.holdsMessages(unit[0])) continue
    for (const type of payloadTypes(unit.subarray(codec.head))) {
      if (type === displayOrientation) return true
    }
  }
  return false
}

/** NAL units as in MP4 and Matroska: each after its length. */
function* bySizes(packet: Uint8Array, sizeBytes: number): Generator<Uint8Array> {
  for (let at = 0; at + sizeBytes < packet.length; ) {
    let size = 0
    for (let i = 0; i < sizeBytes; i++) size = size * 256 + packet[at + i]
    at += sizeBytes
    yield packet.subarray(at, at + size)
    at += size
  }
}

const startCode = Buffer.from([0, 0, 1])

/** NAL units as in raw streams (Annex B): each after a start code. */
function* byMarks(packet: Uint8Array): Generator<Uint8Array> {
  const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.length)
  for (let mark = bytes.indexOf(startCode); mark >= 0; ) {
    const next = bytes.indexOf(startCode, mark + 3)
    yield bytes.subarray(mark + 3, next < 0 ? bytes.length : next)
    mark = next
  }
}

/** A unit's payload types. Type and size are sums of bytes, all but the last of which are 255. */
function* payloadTypes(unit: Uint8Array): Generator<number> {
  let at = 0
  const number = () => {
    let sum = 0
    while (unit[at] === 255) sum += unit[at++]
    return sum + (unit[at++] ?? 0)
  }
  // At least one byte follows the last message.
  while (at + 2 < unit.length) {
    yield number()
    at += number()
  }
}
