import zlib from "node:zlib"

/** CRC-32 as gzip and PNG have it. Node's own is vectorised, but came with 20.15. */
export const crc32: (bytes: Uint8Array) => number = zlib.crc32 ?? byTable

const POLYNOMIAL = 0xedb88320

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1
  }
  return remainder
})

export function byTable(bytes: Uint8Array): number {
  let remainder = 0xffffffff
  for (let i = 0; i < bytes.length; i++) {
    remainder = TABLE[(remainder ^ bytes[i]) & 255] ^ (remainder >>> 8)
  }
  return (remainder ^ 0xffffffff) >>> 0
}
