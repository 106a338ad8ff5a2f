import { TubeletError } from "@tubelet/core"

/** A file within a zip file. */
export interface ZipEntry {
  readonly name: string
  /** Bytes in the zip file. */
  readonly size: number
  /** Compressed ones are not read, but their names tell what a file is. */
  readonly compressed: boolean
  /** Where its own header begins; the data follow that. */
  readonly header: number
}

/** Where the directory lies. */
export interface DirectoryPlace {
  readonly entries: number
  readonly start: number
  readonly size: number
}

export const refuseZip = (file: string, why: string): never => {
  throw new TubeletError(`${file} is no valid zip file: ${why}`, "fetch or write it again")
}

/** The end record, with the longest comment it may have, and zip64's locator before it. */
export const longestEnd = 20 + 22 + 65_535

const signatures = { end: 0x06054b50, end64: 0x06064b50, locator: 0x07064b50, entry: 0x02014b50 }
const [full16, full32] = [0xffff, 0xffffffff]

export const viewOf = (bytes: Uint8Array) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** A 64-bit count; beyond 2^53 it is refused by the bounds that follow. */
const u64 = (view: DataView, at: number): number => Number(view.getBigUint64(at, true))

/**
 * Reads the end record from a file's last bytes. Gives the directory's place, or, for zip64, where
 * its longer end record begins.
 */
export function parseEnd(tail: Uint8Array, file: string): DirectoryPlace | { end64: number } {
  const view = viewOf(tail)
  let at = tail.length - 22
  while (at >= 0 && !isEnd(view, at)) at--
  if (at < 0) refuseZip(file, "its directory is missing; it may be cut short")
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

/** The directory's place by zip64's end record. */
export function parseEnd64(bytes: Uint8Array, file: string): DirectoryPlace {
  const view = viewOf(bytes)
  if (bytes.length < end64Bytes || view.getUint32(0, true) !== signatures.end64) {
    refuseZip(file, "its zip64 end record is missing")
  }
  return { entries: u64(view, 32), size: u64(view, 40), start: u64(view, 48) }
}

/** The entries of a directory, whose bytes these are and which begins at `start` of the file. */
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
    if (entry.header + entry.size > start) refuseZip(file, `"${entry.name}" lies beyond its data`)
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
  if (next > bytes.length) refuseZip(file, "its directory is cut short")
  const name = utf8.decode(bytes.subarray(at + 46, extra))
  if (view.getUint16(at + 8, true) & 1) refuseZip(file, `"${name}" is encrypted`)
  const compressed = view.getUint16(at + 10, true) !== 0
  const [packed, size, header] = sizes(view, at, extra, extra + extraBytes, file)
  if (!compressed && packed !== size) {
    refuseZip(file, `"${name}" has two sizes, ${packed} and ${size}`)
  }
  return { entry: { name, size: packed, header, compressed } as ZipEntry, next }
}

/** Throws for an entry that would have to be unpacked. */
export function requireStored({ name, compressed }: ZipEntry, file: string): void {
  if (!compressed) return
  throw new TubeletError(
    `${file} is a compressed zip file ("${name}"); PyTorch stores without compression`,
    "unpack it first: the checkpoint may lie inside",
  )
}

/** Sizes and place of an entry; those that are all ones lie in the zip64 field, in this order. */
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
