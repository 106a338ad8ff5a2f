import type { ClassifierConfig, PretrainConfig, System } from "@tubelet/models"
import { UsageError } from "../shell/errors.js"
import type { Flag } from "../shell/flag.js"

/** A preset's name, a path, or in a config file the configuration itself. */
export type ModelChoice = string | PretrainConfig

export const modelFlag: Flag<ModelChoice> = {
  help:
    "a preset: mae-, videomae- or videomaev2-{ti,s,b,l,h}, videomaev2-g; or a config or " +
    "checkpoint (videomaev2-s)",
  placeholder: "MODEL",
  read(value, name) {
    if (typeof value === "string" || isConfig(value)) return value
    throw new UsageError(`${name} is not a model`, "pass a preset's name, a path or a config")
  },
}

const sizes = ["imageSize", "patchSize", "frames", "tubelet"]
const stackSizes = ["dim", "heads", "mlpHidden"]

/** Whether a value describes a pre-training model. */
export const isConfig = (value: unknown): value is PretrainConfig =>
  isEncoderConfig(value) && isStack(fieldsOf(value).decoder)

/** Whether a value describes a classifier. */
export const isClassifierConfig = (value: unknown): value is ClassifierConfig =>
  isEncoderConfig(value) && isCount(fieldsOf(value).classes)

function isEncoderConfig(value: unknown): boolean {
  const config = fieldsOf(value)
  return (
    isSystem(config.system) &&
    sizes.every((name) => isCount(config[name])) &&
    isStack(config.encoder) &&
    fieldsOf(config.encoder).depth !== 0 &&
    typeof config.eps === "number"
  )
}

function isStack(value: unknown): boolean {
  const stack = fieldsOf(value)
  // A decoder without blocks is fine.
  return (
    stackSizes.every((name) => isCount(stack[name])) && (stack.depth === 0 || isCount(stack.depth))
  )
}

/** The fields of an object; any other value has none. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {}

/** Whether a value is a whole number above 0. */
export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) > 0

export const systems = ["mae", "videomae", "videomaev2"] as const

export const isSystem = (value: unknown): value is System => systems.some((s) => s === value)
