import { describe, expect, test } from "vitest"
import {
  decodeBF16,
  decodeF16,
  encodeBF16,
  encodeF16,
  fromNumbers,
  toNumbers,
} from "../src/index.js"

describe("half", () => {
  test("every word round-trips", () => {
    for (let word = 0; word < 65536; word++) {
      const x = decodeF16(word)
      if (!Number.isNaN(x) && encodeF16(x) !== word) expect([word, encodeF16(x)]).toBe("equal")
    }
    expect(Number.isNaN(decodeF16(encodeF16(Number.NaN)))).toBe(true)
  })
  test.each([
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [2 ** -14, 0x0400],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2 - 2 ** -12, 0x4000],
    [-0, 0x8000],
  ])("%d is %i", (x, word) => {
    expect(encodeF16(x)).toBe(word)
  })
})

describe("bfloat16", () => {
  test("every word survives", () => {
    for (let word = 0; word < 65536; word++) {
      const x = decodeBF16(word)
      if (!Number.isNaN(x) && encodeBF16(x) !== word) expect([word, encodeBF16(x)]).toBe("equal")
    }
    expect(Number.isNaN(decodeBF16(encodeBF16(Number.NaN)))).toBe(true)
  })
  test("ties go to even", () => {
    expect(encodeBF16(1 + 2 ** -8)).toBe(0x3f80)
    expect(encodeBF16(1 + 3 * 2 ** -8)).toBe(0x3f82)
  })
})

test("host arrays hold words, numbers hold values", () => {
  expect([...fromNumbers([1, -2], "f16")]).toEqual([0x3c00, 0xc000])
  expect([...toNumbers(Uint16Array.of(0x3f80), "bf16")]).toEqual([1])
  expect([...toNumbers(Uint8Array.of(255), "u8")]).toEqual([255])
})
