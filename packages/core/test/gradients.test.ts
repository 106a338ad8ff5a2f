import { describe, expect, test } from "vitest"
import {
  gradientSample,
  opSamples,
  outputSpecs,
  type Sample,
  worstGradient,
} from "../src/testing/index.js"

const derivatives = (sample: Sample): Sample[] => {
  const derived = gradientSample(sample, outputSpecs(sample))
  return derived ? [derived] : []
}

const differentiable = opSamples.filter((s) => derivatives(s).length > 0)

/** The first sample of each op: double backward through all of them would take minutes. */
const oneOfEach = [...new Map([...differentiable].reverse().map((s) => [s.op, s])).values()]

describe("gradients equal central differences", () => {
  test.each(differentiable)("$name", (sample) => {
    expect(worstGradient(sample)).toMatchObject({ error: expect.closeTo(0, 6) })
  })
})

describe("gradients of gradients equal central differences", () => {
  test.each(oneOfEach.flatMap(derivatives))("$name", (sample) => {
    expect(worstGradient(sample)).toMatchObject({ error: expect.closeTo(0, 6) })
  })
})
