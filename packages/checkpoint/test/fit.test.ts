import { describe, expect, test } from "vitest"
import {
  encodeSafetensors,
  fitReport,
  fromFloats,
  loadWeights,
  openCheckpoint,
} from "../src/index.js"

const file = async () =>
  openCheckpoint(
    await encodeSafetensors({
      "head.weight": fromFloats([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)),
      "head.bias": fromFloats([2], Float32Array.of(7, 8), "F16"),
      "norm.weight": fromFloats([1], Float32Array.of(9)),
    }),
  )

const needs = {
  "head.weight": { shape: [3, 2] },
  "head.bias": { shape: [2] },
  "fc_norm.weight": { shape: [3] },
}

describe("a checkpoint and a model's needs", () => {
  test("are compared by name and by shape", async () => {
    expect(fitReport(await file(), needs)).toEqual({
      missing: ["fc_norm.weight"],
      unexpected: ["norm.weight"],
      mismatched: [{ name: "head.weight", held: [2, 3], needed: [3, 2] }],
    })
  })

  test("that do not match are an error that lists the differences", async () => {
    await expect(loadWeights(await file(), needs)).rejects.toThrow(
      "the buffer does not fit the model: 1 missing (fc_norm.weight); " +
        "1 unexpected (norm.weight); 1 of the wrong shape (head.weight [2,3] instead of [3,2])",
    )
  })

  test("load what fits if not strict", async () => {
    const { weights, report } = await loadWeights(await file(), needs, { strict: false })
    expect(weights).toEqual({ "head.bias": Float32Array.of(7, 8) })
    expect(report.missing).toEqual(["fc_norm.weight"])
  })

  test("that match are loaded as f32", async () => {
    const all = {
      "head.weight": { shape: [2, 3] },
      "head.bias": { shape: [2] },
      "norm.weight": { shape: [1] },
    }
    const { weights } = await loadWeights(await file(), all)
    expect(Object.keys(weights)).toEqual(Object.keys(all))
    expect(weights["norm.weight"]).toEqual(Float32Array.of(9))
  })

  test("a long list is shortened", async () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`a${i}`, { shape: [1] }]))
    await expect(loadWeights(await file(), many)).rejects.toThrow(
      /9 missing \(a0.*a4, and 4 more\)/,
    )
  })
})
