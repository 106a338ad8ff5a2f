import { describe, expect, test } from "vitest"
import {
  block,
  clipOf,
  defineMasking,
  drawMask,
  frame,
  hiddenTokens,
  keptCount,
  keptOf,
  type Masking,
  maskingNamed,
  maskings,
  maskOf,
  tokensOf,
} from "../src/index.js"

const grid = { frames: 4, height: 6, width: 10 }
const key = { grid, seed: 3, epoch: 1, index: 7 }
const ratioOf = (masking: Masking) => (masking.name === "running-cell" ? 0.5 : 0.6)

describe.each(Object.values(maskings))("$name", (masking) => {
  const keep = keptCount(masking, { grid, ratio: ratioOf(masking) })
  const draw = (change: object = {}) => drawMask(masking, { ...key, keep, ...change })

  test("keeps exactly its count of distinct tokens, for any sample", () => {
    for (let index = 0; index < 50; index++) {
      const kept = draw({ index })
      expect(kept).toHaveLength(keep)
      expect(new Set(kept).size).toBe(keep)
      const ascending = kept.every((token, i) => i === 0 || kept[i - 1] < token)
      expect(ascending).toBe(masking.name !== "random")
    }
  })

  test("depends on seed, epoch, sample and role, and on nothing else", () => {
    expect(draw({ step: 12 })).toEqual(draw())
    for (const change of ["seed", "epoch", "index", "role"] as const) {
      const others = Array.from({ length: 20 }, (_, i) => draw({ [change]: 100 + i }).join())
      expect(new Set([...others, draw().join()]).size).toBeGreaterThan(1)
    }
  })

  test("masks every token about as often as its ratio says", () => {
    const counts = new Float64Array(tokensOf(grid))
    const draws = 600
    for (let index = 0; index < draws; index++) for (const t of draw({ index })) counts[t]++
    // blocks reach the corners much less often than the middle; the others are uniform
    const slack = masking.name === "block" ? 0.5 : 0.1
    for (const count of counts) {
      expect(Math.abs(count / draws - keep / counts.length)).toBeLessThan(slack)
    }
  })

  test("is found by its name, in any spelling", () => {
    expect(maskingNamed(masking.name)).toBe(masking)
    expect(maskingNamed(masking.name.replace("-", "_").toUpperCase())).toBe(masking)
  })
})

test("frame keeps whole frames", () => {
  const keep = keptCount(frame, { grid, ratio: 0.875 })
  expect(keep).toBe(60)
  const kept = drawMask(frame, { ...key, keep })
  expect(kept).toEqual(Int32Array.from({ length: 60 }, (_, i) => kept[0] + i))
  expect(kept[0] % 60).toBe(0)
})

test("block masks neighbours together, the same ones in every frame", () => {
  const square = { frames: 2, height: 14, width: 14 }
  const keep = keptCount(block, { grid: square, ratio: 0.5 })
  const neighbours = (index: number) => {
    const mask = maskOf(drawMask(block, { ...key, grid: square, keep, index }), 392)
    expect(mask.subarray(196)).toEqual(mask.subarray(0, 196))
    let pairs = 0
    for (let t = 0; t < 196; t++) if (t % 14 > 0 && mask[t] + mask[t - 1] === 2) pairs++
    return pairs
  }
  // independent tokens at one half would give 182 / 4 = 45 such pairs
  for (let index = 0; index < 20; index++) expect(neighbours(index)).toBeGreaterThan(65)
})

test("kept tokens, masked tokens and masks agree", () => {
  const kept = Int32Array.of(5, 0, 3)
  expect([...maskOf(kept, 6)]).toEqual([0, 1, 1, 0, 1, 0])
  expect([...hiddenTokens(kept, 6)]).toEqual([1, 2, 4])
  expect([...keptOf(maskOf(kept, 6))]).toEqual([0, 3, 5])
})

describe("a custom strategy", () => {
  const small = { frames: 1, height: 2, width: 3 }
  const make = (tokens: number[], balance?: Masking["balance"]) =>
    defineMasking({ name: "spiral", keep: () => 3, sample: () => Int32Array.from(tokens), balance })
  const draw = (masking: Masking, change: object = {}) => [
    ...drawMask(masking, { grid: small, keep: 3, seed: 0, epoch: 2, index: 8, ...change }),
  ]

  test("receives everything it may need", () => {
    const bytes = Uint8Array.from({ length: 2 * 2 * 2 * 3 }, (_, i) => i)
    const clip = clipOf(bytes, { frames: 2, height: 2, width: 2 })
    const motion = defineMasking({
      name: "motion",
      keep: () => 3,
      sample(context) {
        const { grid, keep, random, clip, index, step, epoch } = context
        expect({ grid, keep, index, step, epoch }).toEqual({
          ...{ grid: small, keep: 3, index: 8, step: 40, epoch: 2 },
        })
        expect([clip.frames, clip.height, clip.width, clip.length, clip[23]]).toEqual([
          2, 2, 2, 24, 23,
        ])
        return random.permutation(tokensOf(grid)).slice(0, keep)
      },
    })
    expect(draw(motion, { clip, step: 40 })).toHaveLength(3)
    expect(() => draw(motion)).toThrow(/"motion" reads the clip, but none was passed/)
    expect(() => clipOf(bytes, { frames: 2, height: 2, width: 3 })).toThrow(/36 bytes, not 24/)
  })

  test("keeps its order", () => expect(draw(make([4, 1, 2]))).toEqual([4, 1, 2]))

  test.each([
    [[1, 2], /"spiral" kept 2 tokens, expected 3 \(sample 8, epoch 2\)/],
    [[1, 2, 3, 4], /"spiral" kept 4 tokens/],
    [[1, 2, 1], /"spiral" returned token 1 twice/],
    [[1, 2, 6], /"spiral" returned token 6, expected 0 to 5/],
    [[1, 2, -1], /"spiral" returned token -1/],
  ])("is rejected if it returns %j", (tokens, message) => {
    expect(() => draw(make(tokens))).toThrow(message)
  })

  test("is balanced if it says so", () => {
    expect(draw(make([5, 4, 3, 1], "truncate"))).toEqual([5, 4, 3])
    expect(() => draw(make([5, 4], "truncate"))).toThrow(/kept 2 tokens[\s\S]*"fill"/)
    const filled = draw(make([1, 4], "fill"))
    expect(filled).toEqual([...filled].sort())
    expect(filled).toEqual(expect.arrayContaining([1, 4]))
    expect(new Set(filled).size).toBe(3)
    expect(draw(make([5, 0], "fill")).slice(0, 2)).toEqual([5, 0])
    expect(draw(make([5, 4, 3, 1], "fill"))).toEqual([5, 4, 3])
  })

  test("must be well formed", () => {
    const define = (masking: unknown) => () => defineMasking(masking as Masking)
    expect(define({ keep: () => 1 })).toThrow(/`name`/)
    expect(define({ name: "x", sample: () => [] })).toThrow(/masking "x": `keep`/)
    expect(define({ name: "x", keep: () => 1 })).toThrow(/`sample`/)
    expect(define({ ...make([]), balance: "cut" })).toThrow(/got "cut"/)
    expect(define(undefined)).toThrow(/`name`/)
  })

  test("must keep a valid number", () => {
    for (const [keep, what] of [
      [0, "masks all 6 tokens"],
      [6, "masks none of 6 tokens"],
      [7, "keeps 7 of 6 tokens"],
      [2.5, "keeps 2.5 of 6 tokens"],
      [Number.NaN, "keeps NaN of 6 tokens"],
    ] as const) {
      const masking = { ...make([]), keep: () => keep }
      const count = () => keptCount(masking, { grid: small, ratio: 0.5 })
      expect(count).toThrow(`masking "spiral" at a ratio of 0.5 ${what}\n\`keep\` must return`)
    }
    expect(() => maskingNamed("tubes")).toThrow(/unknown masking strategy "tubes"[\s\S]*tube/)
  })
})

describe("a ratio that masks nothing or everything", () => {
  const grid = { frames: 8, height: 14, width: 14 }
  const [none, all] = ["masks none of 1568 tokens", "masks all 1568 tokens"]

  test.each([
    ["random", 0, none, 0.001, 0.998],
    ["random", 1, all, 0.001, 0.998],
    ["random", 0.9999, all, 0.001, 0.998],
    ["random-video", 1e-9, none, 0.002, 0.999],
    ["tube", 0.001, none, 0.006, 0.999],
    ["tube", 1, all, 0.006, 0.999],
    ["frame", 0.1, none, 0.125, 0.999],
    ["block", 0, none, 0.006, 0.999],
  ] as const)("%s at %s %s: from %s to %s is valid", (name, ratio, what, least, most) => {
    const masking = maskingNamed(name)
    const advice = `choose a ratio from ${least} to ${most}`
    expect(() => keptCount(masking, { grid, ratio })).toThrow(
      `masking "${name}" at a ratio of ${ratio} ${what}\n${advice}`,
    )
    for (const fine of [least, most]) {
      const kept = keptCount(masking, { grid, ratio: fine })
      expect(kept > 0 && kept < 1568).toBe(true)
    }
  })

  test.each([-0.1, 1.1, Number.NaN])("%s is not a valid ratio", (ratio) => {
    expect(() => keptCount(maskingNamed("tube"), { grid, ratio })).toThrow(
      `a ratio of ${ratio} cannot mask`,
    )
  })
})

test("every built-in strategy is listed under its name", () => {
  expect(Object.values(maskings).map(({ name }) => name)).toEqual(Object.keys(maskings))
})
