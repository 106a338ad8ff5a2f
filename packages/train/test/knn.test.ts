import { expect, test } from "vitest"
import { nearestNeighbours } from "../src/index.js"

const at = (degrees: number, label: number, length = 1) => ({
  features: Float32Array.of(
    length * Math.cos((degrees * Math.PI) / 180),
    length * Math.sin((degrees * Math.PI) / 180),
  ),
  label,
})

test("the nearest by cosine similarity vote, weighted by it", () => {
  const examples = [at(0, 0), at(20, 1, 100), at(30, 1), at(180, 0)]
  const classify = nearestNeighbours(examples, 3, { k: 2, temperature: 0.5 })
  const [a, b] = [Math.cos((5 * Math.PI) / 180), Math.cos((15 * Math.PI) / 180)]
  const [votes, others] = [Math.exp(a / 0.5), Math.exp(b / 0.5)]
  const scores = classify(at(5, 0).features)
  expect(scores[0]).toBeCloseTo(votes / (votes + others), 6)
  expect(scores[1]).toBeCloseTo(others / (votes + others), 6)
  expect(scores[2]).toBe(0)
})

test("more neighbours than examples are all of them; zeros have no direction", () => {
  const classify = nearestNeighbours([at(0, 0), at(90, 1)], 2)
  expect(classify(at(80, 1).features)[1]).toBeGreaterThan(0.99)
  expect([...classify(new Float32Array(2))]).toEqual([0.5, 0.5])
  expect(() => nearestNeighbours([], 2)).toThrow("there are no examples")
})

test("an example among them can be asked without its own vote", () => {
  const examples = [at(0, 0), at(5, 1), at(10, 1)]
  const classify = nearestNeighbours(examples, 2, { k: 1 })
  const [{ features }] = examples
  expect([...classify(features)]).toEqual([1, 0])
  expect([...classify(features, examples[0])]).toEqual([0, 1])
})
