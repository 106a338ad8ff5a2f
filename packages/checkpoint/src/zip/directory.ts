import { TubeletError } from "@tubelet/core"

/** An entry of a zip file. */
export interface ZipEntry {
  readonly name: string
  /** Bytes in the zip file. */
  readonly size: number
  /** Compressed entries are not read, but their names may identify the file. */
  readonly compressed: boolean
  /** Offset of its local header, which the data follow. */
  readonly header: number
}

/** Place of the central directory. */
export interface DirectoryPlace {
  readonly entries: number
  readonly start: number
  readonly size: number
}

export const refuseZip = (file: string, why: string): never => {
  throw new TubeletError(`${file} is not a valid zip file: ${why}`, "download or write it again")
}

/** The zip64 locator and the end record with the longest possible comment. */
export const longestEnd = 20 + 22 + 65_535

const signatures = { end: 0x06054b50, end64: 0x06064b50, locator: 0x07064b50, entry: 0x02014b50 }
const [full16, full32] = [0xffff, 0xffffffff]

export const viewOf = (bytes: Uint8Array) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** A 64-bit count; the bounds checks reject values above 2^53. */
const u64 = (view: DataView, at: number): number => Number(view.getBigUint64(at, true))

/**
 * Reads the end record from a file's last bytes. Returns the directory's place or, for zip64, the
 * offset of the zip64 end record.
 */
export function parseEnd(tail: Uint8Array, file: string): DirectoryPlace | { end64: number } {
  const view = viewOf(tail)
  let at = tail.length - 22
  while (at >= 0 && !isEnd(view, at)) at--
  if (at < 0) refuseZip(file, "its directory is missing; it may be truncated")
  const entries = view.getUint16(at + 10, true)
  const size = view.getUint32(at + 12, true)
  const start = view.getUint32(at + 16, true)
  if (entries !== full16 && size !== full32 && start !== full32) return { entries, size, start }
  if (at < 20 || view.getUint32(at - 20, true) !== signatures.locator) {
    refuseZip(file, "its zip64 locator is missing")
  }
  return { end64: u64(view, at - 12) }
}

const isEnd = (view: DataView, at: number): boolean =>
  view.getUint32(at, true) === signatures.end &&
  view.getUint16(at + 20, true) === view.byteLength - at - 22

export const end64Bytes = 56

/** The directory's place from the zip64 end record. */
export function parseEnd64(bytes: Uint8Array, file: string): DirectoryPlace {
  const view = viewOf(bytes)
  if (bytes.length < end64Bytes || view.getUint32(0, true) !== signatures.end64) {
    refuseZip(file, "its zip64 end record is missing")
  }
  return { entries: u64(view, 32), size: u64(view, 40), start: u64(view, 48) }
}

/** The entries of a central directory, given its bytes and its place. */
export function parseDirectory(
  bytes: Uint8Array,
  { entries, start }: DirectoryPlace,
  file: string,
): ReadonlyMap<string, ZipEntry> {
  const found = new Map<string, ZipEntry>()
  let at = 0
  for (let i = 0; i < entries; i++) {
    const { entry, next } = parseEntry(bytes, at, file)
    if (found.has(entry.name)) refuseZip(file, `it has two entries "${entry.name}"`)
    if (entry.header + entry.size > start) refuseZip(file, `"${entry.name}" is out of bounds`)
    found.set(entry.name, entry)
    at = next
  }
  if (at !== bytes.length) refuseZip(file, "its directory has bytes that belong to no entry")
  return found
}

const utf8 = new TextDecoder()

function parseEntry(bytes: Uint8Array, at: number, file: string) {
  const view = viewOf(bytes)
  if (at + 46 > bytes.length || view.getUint32(at, true) !== signatures.entry) {
    refuseZip(file, "its directory is damaged")
  }
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((o) =>
    view.getUint16(at + o, true),
  )
  const extra = at + 46 + nameBytes
  const next = extra + extraBytes + commentBytes
  if (next > bytes.length) refuseZip(file, "its directory is truncated")
  const name = utf8.decode(bytes.subarray(at + 46, extra))
  if (view.getUint16(at + 8, true) & 1) refuseZip(file, `"${name}" is encrypted`)
  const compressed = view.getUint16(at + 10, true) !== 0
  const [packed, size, header] = sizes(view, at, extra, extra + extraBytes, file)
  if (!compressed && packed !== size) {
    refuseZip(file, `"${name}" has two sizes, ${packed} and ${size}`)
  }
  return { entry: { name, size: packed, header, compressed } as ZipEntry, next }
}

/** @throws TubeletError if an entry is compressed. */
export function requireStored({ name, compressed }: ZipEntry, file: string): void {
  if (!compressed) return
  throw new TubeletError(
    `${file} is a compressed zip file ("${name}"); PyTorch stores without compression`,
    "unpack it first: the checkpoint may be inside",
  )
}

/** An entry's sizes and offset; those that are all ones are in the zip64 field, in this order. */
function sizes(view: DataView, at: number, extra: number, end: number, file: string) {
  const size = view.getUint32(at + 24, true)
  const packed = view.getUint32(at + 20, true)
  const header = view.getUint32(at + 42, true)
  let next = zip64Field(view, extra, end)
  const wide = (value: number): number => {
    if (value !== full32) return value
    if (next === undefined || next.at + 8 > next.end) return refuseZip(file, "a size is missing")
    next = { ...next, at: next.at + 8 }
    return u64(view, next.at - 8)
  }
  const [wideSize, widePacked] = [wide(size), wide(packed)]
  return [widePacked, wideSize, wide(header)] as const
}

function zip64Field(view: DataView, start: number, end: number) {
  for (let at = start; at + 4 <= end; ) {
    const length = view.getUint16(at + 2, true)
    if (view.getUint16(at, true) === 1) return { at: at + 4, end: Math.min(at + 4 + length, end) }
    at += 4 + length
  }
  return undefined
}
