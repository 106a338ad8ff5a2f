import { describe, expect, test } from "vitest"
import { crossEntropyOf } from "../src/evaluate/metrics.js"
import { merged, metricsOf } from "../src/index.js"

describe("metrics", () => {
  /** Three classes; the scores put the classes in the order given. */
  const clip = (label: number, order: readonly number[]) => {
    const scores = new Float32Array(3)
    order.forEach((one, place) => {
      scores[one] = 1 - place / 4
    })
    return { label, scores }
  }
  const clips = [clip(0, [0, 1, 2]), clip(0, [1, 0, 2]), clip(1, [1, 2, 0]), clip(1, [1, 0, 2])]

  test("are those of scikit-learn", () => {
    // accuracy 3 / 4; recalls 1/2 and 1; F1 2/3 and 4/5: class 2 has neither clips nor predictions.
    const { top1, top5, perClass, meanClass, macroF1, confusion } = metricsOf(clips, 3)
    expect([top1, top5, meanClass]).toEqual([0.75, 1, 0.75])
    expect(macroF1).toBeCloseTo((2 / 3 + 4 / 5) / 2, 12)
    expect(confusion.map((row) => [...row])).toEqual([
      [1, 1, 0],
      [0, 2, 0],
      [0, 0, 0],
    ])
    expect(perClass[0]).toEqual({ label: 0, count: 2, top1: 0.5 })
    expect(perClass[2]).toEqual({ label: 2, count: 0, top1: Number.NaN })
  })

  test("a cross-entropy is that of PyTorch, also for logits whose exponentials overflow", () => {
    const logits = Float32Array.of(1, 2, 3)
    expect([0, 1, 2].map((label) => crossEntropyOf(label, logits))).toEqual([
      ...[2.40760596, 1.40760596, 0.40760596].map((x) => expect.closeTo(x, 7)),
    ])
    expect(crossEntropyOf(1, Float32Array.of(1000, 0))).toBe(1000)
  })

  test("count equal scores against a clip", () => {
    const even = { label: 0, scores: new Float32Array(10) }
    expect(metricsOf([even], 10)).toMatchObject({ top1: 0, top5: 0, meanClass: 0 })
  })
})

test("views are merged by probabilities or by logits", () => {
  const views = [Float32Array.of(0, Math.log(3)), Float32Array.of(Math.log(3), 0)]
  const uneven = [Float32Array.of(0, Math.log(9)), Float32Array.of(0, 0)]
  expect(merged(views, "prob")).toEqual(Float32Array.of(0.5, 0.5))
  const prob = merged(uneven, "prob")
  expect(prob[1]).toBeCloseTo((0.9 + 0.5) / 2, 6)
  expect(merged(uneven, "score")[1]).toBeCloseTo(0.75, 6)
})
