import { expect, test } from "vitest"
import { casesOn } from "../cases.mjs"
import { readOptions, UsageError } from "../options.mjs"

test("by default everything on the CPU runs three rounds on two threads", () => {
  const options = readOptions([])
  expect(options).toMatchObject({ rounds: 3, threads: 2, steps: undefined, json: false })
  expect(options.cases).toEqual(casesOn("cpu"))
})

test("--webgpu takes what runs on WebGPU", () => {
  expect(readOptions(["--webgpu"]).cases.map((c) => c.name)).toEqual(["tiny"])
})

test("--only picks cases in the order of the table", () => {
  const { cases, rounds, steps } = readOptions("--only small,mae-b --rounds 1 --steps 4".split(" "))
  expect(cases.map((c) => c.name)).toEqual(["mae-b", "small"])
  expect([rounds, steps]).toEqual([1, 4])
})

test.each([
  [["--only", "vit-b"], /unknown case "vit-b".*videomaev2-s/],
  [["--rounds", "0"], /--rounds takes a positive integer, not "0"/],
  [["--steps", "few"], /--steps takes a positive integer/],
  [["--fast"], /--fast/],
  [["small"], /small/],
])("%s is wrong usage", (args, message) => {
  expect(() => readOptions(args)).toThrow(UsageError)
  expect(() => readOptions(args)).toThrow(message)
})
