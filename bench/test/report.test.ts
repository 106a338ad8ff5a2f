import { expect, test } from "vitest"
import { dualMasking, median, ratios, summarise } from "../compare.mjs"
import { reportOf } from "../report.mjs"
import { textOf } from "../table.mjs"

const turn = (min: number, middle: number, peakMemoryMiB: number, more = {}) => ({
  stepSecondsMin: min,
  stepSecondsMedian: middle,
  peakMemoryMiB,
  params: 1000,
  ...more,
})

const preset = (name: string) => ({ name, batch: 1, peers: ["torch"] })

test("the median of an even count lies between the middle two", () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
})

test("turns become the least minimum, the middle median and the worst memory", () => {
  const summary = summarise([
    turn(2, 3, 100, { compileSeconds: 1, firstStepSeconds: 5 }),
    turn(1, 5, 120, { compileSeconds: 2, firstStepSeconds: 4 }),
    turn(4, 4, 110, { compileSeconds: 3, firstStepSeconds: 6 }),
  ])
  expect(summary).toEqual({
    turns: 3,
    stepSecondsMin: 1,
    stepSecondsMedian: 4,
    compileSeconds: 1,
    firstStepSeconds: 4,
    peakMemoryMiB: 120,
    params: 1000,
  })
})

test("speed is over 1 and memory below 1 where we are better", () => {
  const compared = ratios(summarise([turn(1, 2, 500)]), summarise([turn(2, 3, 1000)]))
  expect(compared).toEqual({ speedOfMinima: 2, speedOfMedians: 1.5, memory: 0.5 })
})

test("a peer's GFLOP/s counts the operations that the step needs", () => {
  const turns = new Map([
    ["tubelet", [turn(2, 2, 10, { gflops: 100 })]],
    ["torch", [turn(4, 4, 10, { version: "2.13.0", threads: 2 })]],
  ])
  const { cases } = reportOf([{ which: preset("mae-b"), turns, failures: new Map() }])
  expect(cases[0]).toMatchObject({ gflop: 200, ours: { gflops: 100 }, peers: [{ gflops: 50 }] })
})

test("dual masking: the part of operations, of time and of memory that is left", () => {
  const side = (gflop: number, seconds: number, mib: number) => ({
    gflop,
    ours: { ...summarise([turn(seconds, seconds, mib)]), params: 2 ** 20 / 12 },
  })
  const saved = dualMasking(side(200, 2, 101), side(150, 1.6, 81))
  expect(saved.gflop).toBe(0.75)
  expect(saved.seconds).toBe(0.8)
  expect(saved.gflopsRate).toBeCloseTo(0.9375)
  expect(saved.memory).toBeCloseTo(81 / 101)
  expect(saved.activations).toBeCloseTo(0.8) // one MiB is weights and moments
})

test("what failed is named with its reason, and the rest is told all the same", () => {
  const failures = new Map([["torch", "python3 is not there"]])
  const turns = new Map([["tubelet", [turn(2, 2.5, 10, { gflops: 100 })]]])
  const text = textOf(reportOf([{ which: preset("mae-b"), turns, failures }]))
  expect(text).toContain("Left out of mae-b: torch (python3 is not there).")
  expect(text).toMatch(/\| mae-b, batch 1 \| tubelet .*\| 2\.000 .*\| 2\.500 /)
})

test("without ours there are peers' times but no ratios", () => {
  const turns = new Map([["torch", [turn(4, 4, 10, { version: "2.13.0", threads: 2 })]]])
  const failures = new Map([["tubelet", "not built"]])
  const report = reportOf([{ which: preset("mae-b"), turns, failures }])
  expect(report.cases[0]!.peers[0]).not.toHaveProperty("ratios")
  expect(textOf(report)).toContain("torch 2.13.0")
})

test("the two presets of one size are compared once both have run", () => {
  const ran = (name: string, gflops: number) => ({
    which: preset(name),
    turns: new Map([["tubelet", [turn(1, 1, 500, { gflops })]]]),
    failures: new Map(),
  })
  const report = reportOf([ran("videomae-b", 200), ran("videomaev2-b", 146)])
  expect(report.dualMasking?.gflop).toBeCloseTo(0.73)
  expect(textOf(report)).toContain("0.73 of the operations")
  expect(reportOf([ran("videomae-b", 200)])).not.toHaveProperty("dualMasking")
})

test("losses tell whether everybody trained the same model", () => {
  const text = (losses: number[]) => {
    const turns = new Map([
      ["tubelet", [turn(1, 1, 10, { gflops: 1, losses: [2, 1.5, 1, 9] })]],
      ["jax", [turn(1, 1, 10, { losses })]],
    ])
    const which = { name: "tiny", batch: 1, peers: ["jax"] }
    return textOf(reportOf([{ which, turns, failures: new Map() }]))
  }
  expect(text([2, 1.5, 1.00001])).toContain("within 1e-5")
  expect(text([2, 1.5, 1.1])).toContain("the models differ")
})
