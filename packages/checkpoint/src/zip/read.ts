import type { ByteSource } from "../files/source.js"
import {
  type DirectoryPlace,
  end64Bytes,
  longestEnd,
  parseDirectory,
  parseEnd,
  parseEnd64,
  refuseZip,
  requireStored,
  viewOf,
  type ZipEntry,
} from "./directory.js"

/** A zip file of stored entries with random access. */
export interface ZipFile {
  readonly entries: ReadonlyMap<string, ZipEntry>
  /** Bytes [begin, end) of an entry. */
  read(entry: ZipEntry, begin: number, end: number): Promise<Uint8Array>
}

/** About a million entries; a checkpoint has a few thousand. */
const largestDirectory = 64 * 2 ** 20

export async function openZip(source: ByteSource): Promise<ZipFile> {
  const { name: file, size } = source
  const place = await findDirectory(source)
  if (place.size > largestDirectory || place.start + place.size > size) {
    refuseZip(file, `its directory claims ${place.size} bytes at ${place.start}`)
  }
  const bytes = await source.read(place.start, place.start + place.size)
  const entries = parseDirectory(bytes, place, file)
  return {
    entries,
    async read(entry, begin, end) {
      requireStored(entry, source.name)
      const start = await dataStart(source, entry, place.start)
      return source.read(start + begin, start + end)
    },
  }
}

async function findDirectory(source: ByteSource): Promise<DirectoryPlace> {
  const { name: file, size } = source
  const place = parseEnd(await source.read(Math.max(0, size - longestEnd), size), file)
  if (!("end64" in place)) return place
  if (place.end64 + end64Bytes > size) refuseZip(file, "its zip64 end record is out of bounds")
  return parseEnd64(await source.read(place.end64, place.end64 + end64Bytes), file)
}

const localHeader = 30

/** The data follow the local header, whose name and padding may differ from the directory's. */
async function dataStart(source: ByteSource, entry: ZipEntry, limit: number): Promise<number> {
  const { name: file } = source
  const view = viewOf(await source.read(entry.header, Math.min(entry.header + localHeader, limit)))
  if (view.byteLength < localHeader || view.getUint32(0, true) !== 0x04034b50) {
    return refuseZip(file, `"${entry.name}" has no local header`)
  }
  const start = entry.header + localHeader + view.getUint16(26, true) + view.getUint16(28, true)
  if (start + entry.size > limit) refuseZip(file, `"${entry.name}" is out of bounds`)
  return start
}
