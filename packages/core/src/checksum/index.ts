/**
 * CRC-32 as in zip, gzip and PNG, as an unsigned 32-bit integer. Node's native version is
 * vectorised, but missing before Node 20.16 and in browsers.
 */
export const crc32: (bytes: Uint8Array) => number =
  globalThis.process?.getBuiltinModule?.("node:zlib")?.crc32 ?? crc32ByTables

/** Slicing-by-4: four tables process four bytes at a time, for files of hundreds of megabytes. */
const tables = [0, 1, 2, 3].map(() => new Uint32Array(256))
for (let i = 0; i < 256; i++) {
  let c = i
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1
  tables[0][i] = c
}
for (let t = 1; t < 4; t++) {
  for (let i = 0; i < 256; i++) {
    const before = tables[t - 1][i]
    tables[t][i] = tables[0][before & 255] ^ (before >>> 8)
  }
}

/** The table-driven version, for engines without a native CRC-32. */
export function crc32ByTables(bytes: Uint8Array): number {
  const [t0, t1, t2, t3] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array]
  let crc = -1
  let i = 0
  for (; i + 4 <= bytes.length; i += 4) {
    crc ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24)
    crc = t3[crc & 255] ^ t2[(crc >>> 8) & 255] ^ t1[(crc >>> 16) & 255] ^ t0[crc >>> 24]
  }
  for (; i < bytes.length; i++) crc = t0[(crc ^ bytes[i]) & 255] ^ (crc >>> 8)
  return ~crc >>> 0
}
