import { philox, random, repeatRandom } from "@tubelet/core/random"
import { describe, expect, test } from "vitest"
import { log } from "../../src/random/normal.js"

describe("Philox4x32-10", () => {
  // The known-answer tests of Random123: counter, key, result.
  test.each([
    [
      "00000000 00000000 00000000 00000000",
      "00000000 00000000",
      "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
    ],
    [
      "ffffffff ffffffff ffffffff ffffffff",
      "ffffffff ffffffff",
      "408f276d 41c83b0e a20bc7c6 6d5451fd",
    ],
    [
      "243f6a88 85a308d3 13198a2e 03707344",
      "a4093822 299f31d0",
      "d16cfe09 94fdcceb 5001e420 24126ea1",
    ],
  ])("counter %s, key %s", (counter, key, expected) => {
    const out = new Uint32Array(4)
    philox(words(counter), words(key), out)
    expect([...out]).toEqual([...words(expected)])
  })
})

describe("a key", () => {
  const first = (...key: (number | string)[]) => random(...key).uniform()

  test("gives the same numbers whatever else was drawn", () => {
    const alone = take(random(1, 2, 3), 20)
    const a = random(1, 2, 3)
    const b = random(1, 2, 4)
    const interleaved = Array.from({ length: 20 }, () => {
      b.normal()
      return a.uniform()
    })
    expect(interleaved).toEqual(alone)
  })

  test("is independent of neighbouring keys", () => {
    const keys: (number | string)[][] = [
      [],
      [0],
      [0, 0],
      [0, 0, 0],
      [1],
      [-1],
      [0.5],
      ["0"],
      [""],
      ["", ""],
      ["a", "b"],
      ["ab"],
      ["b", "a"],
      ["mask", 1],
      [1, "mask"],
      [2 ** 32],
      [2 ** 53 - 1],
      [1, 0],
      [0, 1],
    ]
    expect(new Set(keys.map((key) => first(...key))).size).toBe(keys.length)
    expect(first(-0)).toBe(first(0))
  })

  test("does not correlate with the next one", () => {
    const draws = Array.from({ length: 20_000 }, (_, sample) => first(0, 0, sample))
    expect(Math.abs(mean(draws) - 0.5)).toBeLessThan(0.01)
    const products = draws.slice(1).map((value, i) => (value - 0.5) * (draws[i] - 0.5) * 12)
    expect(Math.abs(mean(products))).toBeLessThan(0.03)
  })

  test("gives each repeat of a sample its own numbers, the first those of the sample", () => {
    const first = (stream: ReturnType<typeof random>) => stream.integer(2 ** 32)
    const key = [7, "drops", 1, 2]
    expect(first(repeatRandom(key, 0))).toBe(first(random(...key)))
    expect(first(repeatRandom(key, 3))).toBe(first(repeatRandom(key, 3)))
    expect(new Set([0, 1, 2, 3].map((repeat) => first(repeatRandom(key, repeat)))).size).toBe(4)
  })

  test("rejects anything but finite numbers and strings", () => {
    expect(() => random(Number.NaN)).toThrow(/finite numbers and strings, got NaN/)
    expect(() => random(undefined as unknown as number)).toThrow(/got undefined/)
  })

  test("keeps the bytes that checkpoints and resumed runs rely on", () => {
    const stream = random(7, "mask", 42)
    expect([stream.uniform(), stream.normal(), stream.integer(1000)]).toMatchInlineSnapshot(`
      [
        0.5147450415385991,
        0.025633985864376204,
        31,
      ]
    `)
    expect([...random(7, "mask", 42).permutation(8)]).toMatchInlineSnapshot(`
      [
        2,
        0,
        3,
        6,
        5,
        7,
        1,
        4,
      ]
    `)
  })
})

describe("draws", () => {
  test("uniform fills its buckets evenly and stays in [0, 1)", () => {
    const stream = random("uniform")
    const counts = new Array(64).fill(0)
    for (let i = 0; i < 64_000; i++) counts[Math.floor(stream.uniform() * 64)]++
    expect(counts).toHaveLength(64)
    expect(chiSquare(counts)).toBeLessThan(120)
  })

  test("uniform uses 53 bits", () => {
    const stream = random("bits")
    const draws = take(stream, 200).map((value) => value * 2 ** 53)
    expect(draws.every(Number.isInteger)).toBe(true)
    expect(draws.some((value) => value % 2 === 1)).toBe(true)
  })

  test("integer is unbiased, even if 2^32 is not a multiple, and above 2^32", () => {
    const stream = random("integer")
    const counts = new Array(3).fill(0)
    const third = Math.ceil(2 ** 32 / 3)
    for (let i = 0; i < 3000; i++) counts[Math.floor(stream.integer(3 * 2 ** 30) / 2 ** 30)]++
    expect(chiSquare(counts)).toBeLessThan(20)
    expect(stream.integer(1)).toBe(0)
    expect(Array.from({ length: 50 }, () => stream.integer(2 ** 50)).some((v) => v > third)).toBe(
      true,
    )
    expect(() => stream.integer(0)).toThrow(/at least 1, got 0/)
    expect(() => stream.integer(1.5)).toThrow(/got 1.5/)
  })

  test("normal has the right moments", () => {
    const stream = random("normal")
    const draws = Array.from({ length: 100_000 }, () => stream.normal())
    expect(Math.abs(mean(draws))).toBeLessThan(0.015)
    expect(Math.abs(mean(draws.map((v) => v ** 2)) - 1)).toBeLessThan(0.02)
    expect(Math.abs(mean(draws.map((v) => v ** 4)) - 3)).toBeLessThan(0.15)
  })

  test("truncated normal stays in range", () => {
    const stream = random("truncated")
    const draws = Array.from({ length: 5000 }, () => stream.truncatedNormal(-1, 1))
    expect(Math.max(...draws.map(Math.abs))).toBeLessThanOrEqual(1)
    expect(Math.sqrt(mean(draws.map((v) => v ** 2)))).toBeCloseTo(0.54, 1)
    expect(() => stream.truncatedNormal(2, 1)).toThrow(/low < high/)
  })

  test("permutations are uniform, and shuffle works in place", () => {
    const counts = new Map<string, number>()
    for (let i = 0; i < 6000; i++) {
      const order = random("order", i).permutation(3).join("")
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    expect(chiSquare([...counts.values()])).toBeLessThan(25)
    const items = ["a", "b", "c", "d"]
    expect(random("shuffle").shuffle(items)).toBe(items)
    expect([...items].sort()).toEqual(["a", "b", "c", "d"])
  })
})

test("the portable logarithm agrees with the engine's", () => {
  const stream = random("log")
  for (let i = 0; i < 2000; i++) {
    const x = stream.uniform() ** (1 + (i % 5)) + 2 ** -60
    const at = Math.min(x, 1)
    expect(Math.abs(log(at) - Math.log(at))).toBeLessThanOrEqual(4e-16 * Math.max(1, -Math.log(at)))
  }
})

const words = (text: string) =>
  Uint32Array.from(text.split(" "), (word) => Number.parseInt(word, 16))
const take = (stream: { uniform(): number }, n: number) =>
  Array.from({ length: n }, () => stream.uniform())
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const chiSquare = (counts: number[]) => {
  const expected = mean(counts)
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}
