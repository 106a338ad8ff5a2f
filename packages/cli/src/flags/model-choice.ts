import type { PretrainConfig, System } from "@tubelet/models"
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

/** Whether a value describes a model. */
export function isConfig(value: unknown): value is PretrainConfig {
  const config = fieldsOf(value)
  const stacks = [config.encoder, config.decoder].map(fieldsOf)
  return (
    isSystem(config.system) &&
    sizes.every((name) => isCount(config[name])) &&
    stacks.every((stack) => stackSizes.every((name) => isCount(stack[name]))) &&
    // A decoder without blocks is fine.
    stacks.every(({ depth }) => depth === 0 || isCount(depth)) &&
    typeof config.eps === "number"
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
