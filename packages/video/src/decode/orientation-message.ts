// H.264 and HEVC may say in the video itself how it is to be turned: in a message beside a key
// frame (SEI, payload type 47: H.264 D.1.27, HEVC D.2.17). FFmpeg's decoders read it; here is only
// told whether there is one, so that few files have to be decoded when they are opened.

const displayOrientation = 47

interface Codec {
  /** Bytes of a unit's head. */
  readonly head: number
  /** Whether a unit that begins with this byte holds messages that precede a picture. */
  readonly holdsMessages: (first: number) => boolean
  /** Bit 0-1 of this byte of the header say how many bytes tell a unit's length. */
  readonly lengthAt: number
}

const codecs: Readonly<Record<string, Codec>> = {
  h264: { head: 1, holdsMessages: (first) => (first & 31) === 6, lengthAt: 4 },
  hevc: { head: 2, holdsMessages: (first) => ((first >> 1) & 63) === 39, lengthAt: 21 },
}

/** Whether a packet says how it is to be turned. `header`: what the container has of the codec. */
export function tellsOrientation(
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

/** Units as MP4 and Matroska have them: each behind its length. */
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

/** Units as streams have them: each behind a mark. */
function* byMarks(packet: Uint8Array): Generator<Uint8Array> {
  const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.length)
  for (let mark = bytes.indexOf(startCode); mark >= 0; ) {
    const next = bytes.indexOf(startCode, mark + 3)
    yield bytes.subarray(mark + 3, next < 0 ? bytes.length : next)
    mark = next
  }
}

/** The types of a unit's messages: type and size in bytes of which all but the last are 255. */
function* payloadTypes(unit: Uint8Array): Generator<number> {
  let at = 0
  const number = () => {
    let sum = 0
    while (unit[at] === 255) sum += unit[at++]
    return sum + (unit[at++] ?? 0)
  }
  // What follows the last message is one byte at least.
  while (at + 2 < unit.length) {
    yield number()
    at += number()
  }
}
