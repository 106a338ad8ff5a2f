import { random } from "@tubelet/core/random"
import { describe, expect, test } from "vitest"
import { type Initialiser, init } from "../src/index.js"
import { largest } from "./golden.js"

const shape = [48, 16, 2, 5]
const draw = (initialiser: Initialiser, of = shape, seed = 0) =>
  initialiser(of, random(seed, "weights"))

function moments(values: Float32Array) {
  const mean = values.reduce((a, b) => a + b) / values.length
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length
  return { mean, deviation: Math.sqrt(variance) }
}

/** Within five standard errors of a uniform distribution, and up to its bound. */
function expectUniform(values: Float32Array, bound: number) {
  const { mean, deviation } = moments(values)
  const expected = bound / Math.sqrt(3)
  expect(largest(values)).toBeLessThanOrEqual(bound)
  expect(largest(values)).toBeGreaterThan(0.99 * bound)
  expect(Math.abs(mean)).toBeLessThan((5 * expected) / Math.sqrt(values.length))
  expect(Math.abs(deviation / expected - 1)).toBeLessThan(0.03)
}

describe("uniform: fills its range and stays in it", () => {
  test("Xavier's", () => {
    expectUniform(draw(init.xavierUniform, [60, 90]), Math.sqrt(6 / 150))
    // A convolution kernel of ten counts in both fans.
    expectUniform(draw(init.xavierUniform), Math.sqrt(6 / (16 * 10 + 48 * 10)))
  })

  test("Xavier for a flattened convolution", () => {
    expectUniform(draw(init.xavierUniformFlat), Math.sqrt(6 / (16 * 10 + 48)))
  })

  test("PyTorch's", () => {
    expectUniform(draw(init.torchDefault(160)), 1 / Math.sqrt(160))
  })
})

test("normal", () => {
  const { mean, deviation } = moments(draw(init.normal(0.02)))
  expect(Math.abs(mean)).toBeLessThan((5 * 0.02) / Math.sqrt(48 * 160))
  expect(deviation / 0.02).toBeCloseTo(1, 1)
  expect(largest(draw(init.normal(0.02)))).toBeGreaterThan(0.06)
})

describe("truncated normal", () => {
  test("is truncated at the given bound, in units of the values", () => {
    const values = draw(init.truncatedNormal(0.02, 0.02))
    expect(largest(values)).toBeLessThanOrEqual(Math.fround(0.02))
    expect(largest(values)).toBeGreaterThan(0.0199)
    // A normal distribution truncated at one deviation has 0.54 of its deviation; clamping would
    // give 0.72.
    expect(moments(values).deviation / 0.02).toBeCloseTo(0.5397, 1)
  })

  test("is truncated at 2 by default, which 0.02 never reaches", () => {
    expect(moments(draw(init.truncatedNormal(0.02))).deviation / 0.02).toBeCloseTo(1, 1)
    expect(largest(draw(init.truncatedNormal(2)))).toBeLessThanOrEqual(2)
  })
})

test("constants", () => {
  expect(draw(init.zeros, [3])).toEqual(Float32Array.of(0, 0, 0))
  expect(draw(init.ones, [2])).toEqual(Float32Array.of(1, 1))
  expect(draw(init.constant(0.5), [1])).toEqual(Float32Array.of(0.5))
})

test("a seed gives the same weights, another seed others", () => {
  expect(draw(init.xavierUniform)).toEqual(draw(init.xavierUniform))
  expect(draw(init.xavierUniform, shape, 1)).not.toEqual(draw(init.xavierUniform))
})
