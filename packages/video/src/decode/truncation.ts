import { closeSync, fstatSync, openSync, readSync } from "node:fs"
import type { PackedFile } from "../item.js"

// FFmpeg reads a truncated file up to its end without an error. Most containers store their length,
// or end in a recognisable way.

/** A file of `size` bytes; `at` returns fewer bytes than requested at its end. */
export interface FileBytes {
  readonly size: number
  at(offset: number, length: number): Buffer
}

/** Whether a file ends before its container does. False if the container does not show it. */
export function isCutShort(path: string, packed?: PackedFile): boolean {
  const fd = openSync(packed?.archive ?? path, "r")
  try {
    const { offset: start, size } = packed ?? { offset: 0, size: fstatSync(fd).size }
    const at = (offset: number, length: number) => {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - offset)))
      return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, start + offset))
    }
    return endsEarly({ size, at })
  } finally {
    closeSync(fd)
  }
}

const edgeBytes = 1 << 16

/** `isCutShort` for bytes from anywhere. */
export function endsEarly({ size, at }: FileBytes): boolean {
  const file = {
    size,
    at,
    head: at(0, edgeBytes),
    tail: at(Math.max(0, size - edgeBytes), edgeBytes),
  }
  return containers.find(({ is }) => is(file))?.isCut(file) ?? false
}

interface Bytes extends FileBytes {
  readonly head: Buffer
  readonly tail: Buffer
}

interface ContainerRule {
  is(file: Bytes): boolean
  isCut(file: Bytes): boolean
}

const begins =
  (text: string, at = 0) =>
  ({ head }: Bytes) =>
    head.toString("latin1", at, at + text.length) === text

const syncByte = 0x47
const isTransport =
  (packet: number, first: number) =>
  ({ head }: Bytes) =>
    [0, 1, 2].every((i) => head[first + i * packet] === syncByte)

const containers: readonly ContainerRule[] = [
  { is: begins("RIFF"), isCut: chunkIsCut },
  { is: begins("ftyp", 4), isCut: lastBoxIsCut },
  { is: begins("\x1a\x45\xdf\xa3"), isCut: segmentIsCut },
  { is: begins("GIF8"), isCut: lastByteIsNot(0x3b) },
  { is: begins("FLV"), isCut: lastTagIsCut },
  { is: begins("OggS"), isCut: lastPageIsCut },
  { is: begins("\x30\x26\xb2\x75\x8e\x66\xcf\x11"), isCut: claimsMoreBytes },
  { is: begins("\0\0\x01\xba"), isCut: lastPacketIsCut },
  { is: isTransport(188, 0), isCut: ({ size }) => size % 188 !== 0 },
  { is: isTransport(192, 4), isCut: ({ size }) => size % 192 !== 0 },
]

/** AVI: one chunk, whose length follows its name. */
function chunkIsCut({ head, size }: Bytes): boolean {
  return head.length < 8 || head.readUInt32LE(4) + 8 > size
}

/** Zeros may follow the byte that ends a file. */
function lastByteIsNot(end: number) {
  return ({ tail }: Bytes) => {
    let last = tail.length - 1
    while (last > 0 && tail[last] === 0) last--
    return tail[last] !== end
  }
}

/** Far above any video's; a hostile file may have one per eight bytes. */
const mostBoxes = 1e6

/** MP4 and MOV: consecutive boxes that start with their lengths. */
function lastBoxIsCut({ at, size }: Bytes): boolean {
  let offset = 0
  for (let boxes = 0; offset < size && boxes < mostBoxes; boxes++) {
    const box = at(offset, 16)
    if (box.length < 8) return true
    const short = box.readUInt32BE(0)
    if (short === 0) return false
    if (short === 1 && box.length < 16) return true
    const length = short === 1 ? Number(box.readBigUInt64BE(8)) : short
    if (length < 8) return false
    offset += length
    if (offset > size) return true
  }
  return false
}

/** Matroska: a header, then one segment, whose length is known unless it was streamed. */
function segmentIsCut({ head, size }: Bytes): boolean {
  const header = ebmlLength(head, 4)
  const start = 4 + header.bytes + header.value
  if (!(start + 12 <= head.length) || head.readUInt32BE(start) !== 0x18538067) return false
  const segment = ebmlLength(head, start + 4)
  const isUnknown = segment.value === 2 ** (7 * segment.bytes) - 1
  return !isUnknown && start + 4 + segment.bytes + segment.value > size
}

/** A number whose leading zero bits give its size in bytes. */
function ebmlLength(bytes: Buffer, at: number): { bytes: number; value: number } {
  const count = Math.min(8, Math.clz32(bytes[at]) - 23)
  let value = bytes[at] & (0xff >> count)
  for (let i = 1; i < count; i++) value = value * 256 + bytes[at + i]
  return { bytes: count, value }
}

/** Flash: each tag is followed by its length. */
function lastTagIsCut({ tail }: Bytes): boolean {
  const end = tail.length - 4
  if (end < 0) return true
  const tag = end - tail.readUInt32BE(end)
  return tag >= 0 && tail.readUIntBE(tag + 1, 3) !== end - tag - 11
}

/** Ogg: the last page is marked. */
function lastPageIsCut({ tail }: Bytes): boolean {
  const page = tail.lastIndexOf("OggS")
  if (page < 0 || page + 27 > tail.length) return true
  const table = tail.subarray(page + 27, page + 27 + tail[page + 26])
  const end = page + 27 + tail[page + 26] + table.reduce((sum, length) => sum + length, 0)
  return end > tail.length || (tail[page + 5] & 4) === 0
}

const packStart = Buffer.from("000001ba", "hex")

/** MPEG program stream: packs, each a header and packets that store their lengths. */
function lastPacketIsCut({ tail }: Bytes): boolean {
  const pack = tail.lastIndexOf(packStart)
  if (pack < 0) return false
  const isMpeg2 = (tail[pack + 4] & 0xc0) === 0x40
  let at = pack + (isMpeg2 ? 14 + (tail[pack + 13] & 7) : 12)
  while (at + 6 <= tail.length) {
    // The end code has no length; anything but a start code is padding.
    if (tail.readUIntBE(at, 3) !== 1 || tail[at + 3] === 0xb9) return false
    at += 6 + tail.readUInt16BE(at + 4)
  }
  const rest = tail.subarray(at)
  const isEnd = rest.length === 4 && rest.readUInt32BE() === 0x1b9
  return at > tail.length || (rest.some((byte) => byte !== 0) && !isEnd)
}

const fileProperties = Buffer.from("a1dcab8c47a9cf118ee400c00c205365", "hex")

/** Windows Media: the header stores the file size. */
function claimsMoreBytes({ head, size }: Bytes): boolean {
  const at = head.indexOf(fileProperties)
  return at >= 0 && at + 48 <= head.length && Number(head.readBigUInt64LE(at + 40)) > size
}
