import { expect, test } from "vitest"
import { crc32, crc32ByTables, crc32c } from "../src/checksum/index.js"

const text = (s: string) => new TextEncoder().encode(s)

test.each([
  ["", 0],
  ["123456789", 0xcbf43926],
  ["The quick brown fox jumps over the lazy dog", 0x414fa339],
])("the checksum of %o matches the published value", (message, sum) => {
  expect(crc32(text(message))).toBe(sum)
  expect(crc32ByTables(text(message))).toBe(sum)
})

test("CRC-32C matches the published values", () => {
  // The last three are those of RFC 3720, appendix B.4.
  expect(crc32c(text("123456789"))).toBe(0xe3069283)
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43)
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
})

test("is the same on every engine, for any length and offset", () => {
  const bytes = Uint8Array.from({ length: 1003 }, (_, i) => i * i)
  for (const end of [1, 4, 7, 1003]) {
    for (const start of [0, 1]) {
      expect(crc32ByTables(bytes.subarray(start, end))).toBe(crc32(bytes.subarray(start, end)))
    }
  }
})
