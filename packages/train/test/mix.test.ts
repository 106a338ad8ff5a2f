import { random } from "@tubelet/core/random"
import { softTargets } from "@tubelet/models"
import { describe, expect, it } from "vitest"
import { fixture, readSafetensors } from "../../core/test/support/safetensors.js"
import { beta } from "../src/data/beta.js"
import { cutBox, drawMix, mixLabels, rowPairs } from "../src/data/mix.js"
import { type MixOptions, mixBatch } from "../src/index.js"
import { goldenJson } from "./golden.js"

interface BoxCase {
  readonly h: number
  readonly w: number
  readonly lam: number
  readonly cy: number
  readonly cx: number
  readonly box_yl_yh_xl_xh: readonly number[]
  readonly lam_corrected: number
}

describe("as the authors' code", () => {
  it("cuts boxes", () => {
    const golden = goldenJson<readonly BoxCase[]>("augment/cutmix_boxes")
    expect(golden.length).toBe(18)
    for (const { h, w, lam, cy, cx, box_yl_yh_xl_xh, lam_corrected } of golden) {
      const { box, lambda } = cutBox({ width: w, height: h }, lam, { x: cx, y: cy })
      const edges = [box.y, box.y + box.height, box.x, box.x + box.width]
      expect(edges).toEqual(box_yl_yh_xl_xh)
      expect(lambda).toBeCloseTo(lam_corrected, 14)
    }
  })

  it.each([
    ["nc6_lam0.35_smooth0.0", 0.35, 0],
    ["nc6_lam0.7_smooth0.1", 0.7, 0.1],
    ["nc6_lam1.0_smooth0.1", 1, 0.1],
  ])("mixes targets: %s", (name, lambda, smoothing) => {
    const golden = readSafetensors(fixture("layers/layers.safetensors"))
    const labels = golden.get("mixup_target.labels")!.data
    const rows = softTargets(labels, { classes: 6, smoothing })
    mixLabels(rowPairs(rows, 6, 4), { lambda })
    const expected = golden.get(`mixup_target.${name}`)!.data
    rows.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 7)
    })
  })
})

const config = { frames: 2, imageSize: 8 }
const length = 2 * 8 * 8 * 3

/** Clip i has the value i everywhere, and its label is i; the fourth row is padding. */
function batch(samples = 3) {
  const clips = Float32Array.from({ length: 4 * length }, (_, i) => Math.floor(i / length))
  const labels = softTargets([0, 1, 2, 3], { classes: 4 })
  return {
    clips,
    labels,
    samples: Array.from({ length: samples }, (_, index) => ({ epoch: 0, index })),
  }
}

const mixed = (seed: number, options: MixOptions, samples = 3) => {
  const { samples: keys, ...data } = batch(samples)
  const mix = mixBatch(data, { seed, config, samples: keys, ...options })
  const rows = [0, 1, 2, 3].map((i) => data.clips.subarray(i * length, (i + 1) * length))
  const targets = [0, 1, 2, 3].map((i) => [...data.labels.subarray(4 * i, 4 * i + 4)])
  return { mix, rows, targets }
}

describe("a mixed batch", () => {
  it("blends clips and labels with those of the reversed batch", () => {
    const { mix, rows, targets } = mixed(1, { cutmix: 0 })
    expect(mix.box).toBeUndefined()
    const { lambda } = mix
    expect(new Set(rows[0])).toEqual(new Set([Math.fround(2 * Math.fround(1 - lambda))]))
    expect(rows[2][0]).toBeCloseTo(2 * lambda, 6)
    expect([rows[1], rows[3]].map(([value]) => value)).toEqual([1, 3])
    for (const [i, expected] of [
      [lambda, 0, 1 - lambda, 0],
      [0, 1, 0, 0],
      [1 - lambda, 0, lambda, 0],
      [0, 0, 0, 1],
    ].entries()) {
      expected.forEach((value, c) => {
        expect(targets[i][c]).toBeCloseTo(value, 6)
      })
    }
  })

  it("exchanges one box in all frames, and weighs labels by its area", () => {
    for (let seed = 0; seed < 20; seed++) {
      const { mix, rows, targets } = mixed(seed, { mixup: 0 })
      const { x, y, width, height } = mix.box!
      rows[0].forEach((value, i) => {
        const [column, row] = [Math.floor(i / 3) % 8, Math.floor(i / 24) % 8]
        const isInside = column >= x && column < x + width && row >= y && row < y + height
        expect(value).toBe(isInside ? 2 : 0)
        expect(rows[2][i]).toBe(isInside ? 0 : 2)
      })
      expect(mix.lambda).toBe(1 - (width * height) / 64)
      expect(targets[0][0]).toBeCloseTo(mix.lambda, 6)
      expect([rows[1][0], rows[3][0]]).toEqual([1, 3])
    }
  })

  it("depends on the seed, the epoch and the first sample only", () => {
    const of = (seed: number, key: { epoch: number; index: number; repeat?: number }) => {
      const { samples: _, ...data } = batch()
      return mixBatch(data, { seed, config, samples: [key, { epoch: 9, index: 9 }] })
    }
    const first = of(1, { epoch: 0, index: 5 })
    expect(of(1, { epoch: 0, index: 5 })).toEqual(first)
    for (const other of [
      of(2, { epoch: 0, index: 5 }),
      of(1, { epoch: 1, index: 5 }),
      of(1, { epoch: 0, index: 6 }),
      of(1, { epoch: 0, index: 5, repeat: 1 }),
    ]) {
      expect(other.lambda).not.toBe(first.lambda)
    }
  })

  it("is left alone as often as asked, and cut as often as asked", () => {
    const drawn = (options: MixOptions) =>
      Array.from({ length: 400 }, (_, key) => drawMix(224, random(key), options))
    const cuts = (options: MixOptions) => drawn(options).filter(({ box }) => box).length
    expect(drawn({ probability: 0 }).every(({ lambda }) => lambda === 1)).toBe(true)
    expect(drawn({ mixup: 0, cutmix: 0 }).every(({ lambda }) => lambda === 1)).toBe(true)
    const unmixed = drawn({ probability: 0.25 }).filter(({ lambda, box }) => lambda === 1 && !box)
    expect(unmixed.length / 400).toBeCloseTo(0.75, 1)
    expect(cuts({}) / 400).toBeCloseTo(0.5, 1)
    expect(cuts({ switchProbability: 0.1 }) / 400).toBeCloseTo(0.1, 1)
    expect([cuts({ mixup: 0 }), cuts({ cutmix: 0 })]).toEqual([400, 0])
  })
})

it.each([
  [0.8, 0.8],
  [1, 1],
  [0.2, 0.2],
  [2, 5],
])("Beta(%f, %f) has its mean and variance", (a, b) => {
  const source = random("beta", a, b)
  const values = Array.from({ length: 20_000 }, () => beta(source, a, b))
  const mean = values.reduce((sum, value) => sum + value) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  expect(mean).toBeCloseTo(a / (a + b), 2)
  expect(variance).toBeCloseTo((a * b) / ((a + b) ** 2 * (a + b + 1)), 2)
})

it.each([0.001, 1e-5, 1e-300])("Beta(a, a) with a = %d is close to 0 or 1, as often", (shape) => {
  const source = random("small", shape)
  const values = Array.from({ length: 2000 }, () => beta(source, shape, shape))
  expect(values.every((value) => value >= 0 && value <= 1)).toBe(true)
  expect(values.filter((value) => value > 0.01 && value < 0.99).length).toBeLessThan(40)
  expect(values.filter((value) => value > 0.5).length / 2000).toBeCloseTo(0.5, 1)
})
