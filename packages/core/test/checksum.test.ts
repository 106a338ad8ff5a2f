import { expect, test } from "vitest"
import { crc32, crc32ByTables } from "../src/checksum/index.js"

const text = (s: string) => new TextEncoder().encode(s)

test.each([
  ["", 0],
  ["123456789", 0xcbf43926],
  ["The quick brown fox jumps over the lazy dog", 0x414fa339],
])("the checksum of %o matches the published value", (message, sum) => {
  expect(crc32(text(message))).toBe(sum)
  expect(crc32ByTables(text(message))).toBe(sum)
})

test("is the same on every engine, for any length and offset", () => {
  const bytes = Uint8Array.from({ length: 1003 }, (_, i) => i * i)
  for (const end of [1, 4, 7, 1003]) {
    for (const start of [0, 1]) {
      expect(crc32ByTables(bytes.subarray(start, end))).toBe(crc32(bytes.subarray(start, end)))
    }
  }
})
