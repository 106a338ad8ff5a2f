import { field, numberType, pretrainFields } from "@tubelet/train"
import { expect, test } from "vitest"
import {
  alternativeFlags,
  hyperparameterFlags,
  optionsFrom,
  valuesFrom,
} from "../src/flags/hyperparameters.js"

const cooldown = field(numberType({ min: 0, below: 1 }), {
  help: "share of the run at the final rate",
  default: { mae: 0, videomae: 0, videomaev2: 0.1 },
})
const fields = { ...pretrainFields, cooldown }

test("a row is a flag with its help, its default and its check", () => {
  const { cooldown: flag, lr } = hyperparameterFlags(fields)
  expect(flag.help).toBe("share of the run at the final rate (0; V2: 0.1)")
  expect(flag.read("0.25", "--cooldown")).toBe(0.25)
  expect(() => flag.read("1", "--cooldown")).toThrow(
    '--cooldown must be a number of at least 0 and below 1, got "1"',
  )
  expect(() => lr.read("", "--lr")).toThrow(/^--lr must be a number.*, got ""$/)
  expect(lr.placeholder).toBe("N")
})

test("values by flags are options, and back; those without a flag stay behind", () => {
  const values = { lr: 1, minLr: 0, cooldown: 0.5, data: "clips" }
  const options = { learningRate: 1, minLearningRate: 0, cooldown: 0.5 }
  expect(optionsFrom(fields, values)).toEqual(options)
  const { data: _, ...flags } = values
  expect(valuesFrom(fields, { ...options, betas: [0.9, 0.95] })).toEqual(flags)
})

test("flags that set one thing in two ways are known by the rows", () => {
  expect(alternativeFlags(fields)).toEqual([
    { of: ["steps", "epochs"], with: ["warmup"] },
    { of: ["lr", "baseLr"], with: ["minLr"] },
  ])
})
