/**
 * CRC-32 as in zip, gzip and PNG, as an unsigned 32-bit integer. Node's native version is
 * vectorised, but missing before Node 20.16 and in browsers.
 */
export const crc32: (bytes: Uint8Array) => number =
  globalThis.process?.getBuiltinModule?.("node:zlib")?.crc32 ?? crc32ByTables

/** The table-driven version, for engines without a native CRC-32. */
export function crc32ByTables(bytes: Uint8Array): number {
  zip ??= tablesOf(0xedb88320)
  return byTables(bytes, zip)
}

/** CRC-32C (Castagnoli), which protects the records of TensorFlow's files. */
export function crc32c(bytes: Uint8Array): number {
  castagnoli ??= tablesOf(0x82f63b78)
  return byTables(bytes, castagnoli)
}

type Tables = readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array]

let zip: Tables | undefined
let castagnoli: Tables | undefined

/** Slicing-by-4: four tables process four bytes at a time, for files of hundreds of megabytes. */
function tablesOf(polynomial: number): Tables {
  const first = new Uint32Array(256)
  for (let i = 0; i < 256; i++) {
    let c = i
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ polynomial : c >>> 1
    first[i] = c
  }
  const next = (table: Uint32Array) => table.map((c) => first[c & 255] ^ (c >>> 8))
  const second = next(first)
  const third = next(second)
  return [first, second, third, next(third)]
}

function byTables(bytes: Uint8Array, [t0, t1, t2, t3]: Tables): number {
  let crc = -1
  let i = 0
  for (; i + 4 <= bytes.length; i += 4) {
    crc ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24)
    crc = t3[crc & 255] ^ t2[(crc >>> 8) & 255] ^ t1[(crc >>> 16) & 255] ^ t0[crc >>> 24]
  }
  for (; i < bytes.length; i++) crc = t0[(crc ^ bytes[i]) & 255] ^ (crc >>> 8)
  return ~crc >>> 0
}
