import { compile, spec } from "@tubelet/core"
import { random } from "@tubelet/core/random"
import { referenceBackend } from "@tubelet/core/testing"
import { expect, test } from "vitest"
import { gridOf, patchify, patchPixels, tokenCount, unpatchify } from "../src/index.js"

const backend = referenceBackend()
const config = { frames: 4, tubelet: 2, imageSize: 6, patchSize: 3 }
const clips = spec("f32", [2, 4, 6, 6, 3])
const size = 2 * 4 * 6 * 6 * 3

test("unpatchify undoes patchify", async () => {
  const noise = random("patches")
  const x = Float32Array.from({ length: size }, () => noise.normal())
  const there = await compile(backend, ({ x }) => unpatchify(patchify(x, config), config), {
    specs: { x: clips },
  })
  expect(await there.run({ x }).data()).toEqual(x)
})

test("tokens run over time, row, column; within one, over time, row, column, colour", async () => {
  const cut = await compile(backend, ({ x }) => patchify(x, config), { specs: { x: clips } })
  const tokens = cut.run({ x: Float32Array.from({ length: size }, (_, i) => i) })
  const data = await tokens.data()
  expect(tokens.shape).toEqual([2, tokenCount(config), patchPixels(config)])
  const pixel = (b: number, t: number, y: number, x: number, c: number) =>
    (((b * 4 + t) * 6 + y) * 6 + x) * 3 + c
  const at = (b: number, n: number, k: number) => data[(b * 8 + n) * 54 + k]
  expect(at(0, 0, 1)).toBe(pixel(0, 0, 0, 0, 1))
  expect(at(0, 0, 3)).toBe(pixel(0, 0, 0, 1, 0))
  expect(at(0, 0, 9)).toBe(pixel(0, 0, 1, 0, 0))
  expect(at(0, 0, 27)).toBe(pixel(0, 1, 0, 0, 0))
  expect(at(0, 1, 0)).toBe(pixel(0, 0, 0, 3, 0))
  expect(at(0, 2, 0)).toBe(pixel(0, 0, 3, 0, 0))
  expect(at(1, 4, 0)).toBe(pixel(1, 2, 0, 0, 0))
})

test("a grid counts tokens, and rejects what cannot be cut", () => {
  expect(gridOf(config)).toEqual({ frames: 2, height: 2, width: 2 })
  expect(tokenCount({ frames: 16, tubelet: 2, imageSize: 224, patchSize: 16 })).toBe(1568)
  expect(() => gridOf({ ...config, imageSize: 7 })).toThrow(
    /4 frames of 7 pixels cannot be cut into 2 x 3 x 3.*divisible by 3/s,
  )
  expect(() => gridOf({ ...config, frames: 5 })).toThrow(/5 frames .* frame count divisible by 2/s)
})
