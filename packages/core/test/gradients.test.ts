import { describe, expect, test } from "vitest"
import {
  gradientSample,
  opSamples,
  outputSpecs,
  outputsAndGradients,
  type Sample,
  worstGradient,
} from "../src/testing/index.js"

const derivatives = (sample: Sample): Sample[] => {
  const derived = gradientSample(sample, outputSpecs(sample))
  return derived ? [derived] : []
}

const differentiable = opSamples.filter((s) => derivatives(s).length > 0)

/** The first sample of each op: second derivatives of all would take minutes. */
const oneOfEach = [...new Map([...differentiable].reverse().map((s) => [s.op, s])).values()]

describe("gradients equal central differences", () => {
  test.each(differentiable)("$name", (sample) => {
    expect(worstGradient(sample)).toMatchObject({ error: expect.closeTo(0, 6) })
  })
})

/** Outputs and gradients together, as in a loss with a gradient penalty. */
const penalised = (sample: Sample): Sample[] =>
  derivatives(sample).map((derived) => ({
    ...derived,
    call(...all) {
      const own = sample.inputs.length
      const { outputs, grads } = outputsAndGradients(sample, all.slice(0, own), all.slice(own))
      return [...outputs, ...grads]
    },
  }))

describe("gradients of gradients equal central differences", () => {
  test.each(oneOfEach.flatMap(penalised))("$name", (sample) => {
    expect(worstGradient(sample)).toMatchObject({ error: expect.closeTo(0, 6) })
  })
})
