import { crc32 } from "@tubelet/core/checksum"

/** A file to store in a zip file; its bytes may be fetched lazily. */
export interface ZipContent {
  readonly name: string
  readonly size: number
  readonly bytes: Uint8Array | (() => Promise<Uint8Array>)
}

interface Placed {
  readonly name: Uint8Array
  readonly size: number
  readonly crc: number
  readonly header: number
}

/** PyTorch's alignment of storages, for memory mapping. */
const alignment = 64

/** The largest value of zip's 32-bit fields; from here on, zip64 is used. */
const full32 = 0xffffffff

/** A zip file in pieces: the stored contents, then the directory. */
export async function* zipPieces(
  contents: readonly ZipContent[],
  limit = full32,
): AsyncGenerator<Uint8Array> {
  const placed: Placed[] = []
  let at = 0
  for (const { name, size, bytes: source } of contents) {
    const bytes = typeof source === "function" ? await source() : source
    const file = { name: new TextEncoder().encode(name), size, crc: crc32(bytes), header: at }
    const header = localHeader(file, at, limit)
    placed.push(file)
    yield header
    yield bytes
    at += header.length + size
  }
  yield directory(placed, at, limit)
}

/** Consecutive little-endian fields: [bytes, value]. */
function fields(...values: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Uint8Array {
  const out = new Uint8Array(values.reduce((sum, [bytes]) => sum + bytes, 0))
  const view = new DataView(out.buffer)
  let at = 0
  for (const [bytes, value] of values) {
    if (bytes === 2) view.setUint16(at, value, true)
    else if (bytes === 4) view.setUint32(at, value, true)
    else view.setBigUint64(at, BigInt(value), true)
    at += bytes
  }
  return out
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Version 4.5 supports zip64; bit 11 marks names as UTF-8. */
const common = ({ crc }: Placed, packed: number, size: number) =>
  [
    [2, 45],
    [2, 1 << 11],
    [2, 0],
    [2, 0],
    [2, 0x21],
    [4, crc],
    [4, packed],
    [4, size],
  ] as const

function localHeader(file: Placed, at: number, limit: number): Uint8Array {
  const { name, size } = file
  const wide = size >= limit
  const zip64 = wide ? fields([2, 1], [2, 16], [8, size], [8, size]) : new Uint8Array(0)
  const end = at + 30 + name.length + zip64.length + 4
  const padding = (alignment - (end % alignment)) % alignment
  const extra = joined(zip64, fields([2, 0x4246], [2, padding]), new Uint8Array(padding))
  const shown = wide ? full32 : size
  return joined(
    fields([4, 0x04034b50], ...common(file, shown, shown), [2, name.length], [2, extra.length]),
    name,
    extra,
  )
}

function entry(file: Placed, limit: number): Uint8Array {
  const { name, size, header } = file
  const wideSize = size >= limit
  const wideHeader = header >= limit
  const zip64 = fields(
    ...(wideSize
      ? ([
          [8, size],
          [8, size],
        ] as const)
      : []),
    ...(wideHeader ? ([[8, header]] as const) : []),
  )
  const extra = zip64.length > 0 ? joined(fields([2, 1], [2, zip64.length]), zip64) : zip64
  const shown = wideSize ? full32 : size
  const lengths = [
    [2, name.length],
    [2, extra.length],
    [2, 0],
    [2, 0],
    [2, 0],
    [4, 0],
  ] as const
  return joined(
    fields([4, 0x02014b50], [2, 45], ...common(file, shown, shown), ...lengths),
    fields([4, wideHeader ? full32 : header]),
    name,
    extra,
  )
}

function directory(placed: readonly Placed[], start: number, limit: number): Uint8Array {
  const entries = joined(...placed.map((file) => entry(file, limit)))
  const { length: size } = entries
  const count = placed.length
  const wide = start >= limit || size >= limit || count >= 0xffff
  const [shownCount, shownSize, shownStart] = wide ? [0xffff, full32, full32] : [count, size, start]
  return joined(
    entries,
    wide ? end64(count, size, start) : new Uint8Array(0),
    fields([4, 0x06054b50], [2, 0], [2, 0], [2, shownCount], [2, shownCount]),
    fields([4, shownSize], [4, shownStart], [2, 0]),
  )
}

/** The zip64 end record, followed by its locator. */
const end64 = (count: number, size: number, start: number): Uint8Array =>
  joined(
    fields([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0]),
    fields([8, count], [8, count], [8, size], [8, start]),
    fields([4, 0x07064b50], [4, 0], [8, start + size], [4, 1]),
  )
