import { stat } from "node:fs/promises"
import { dirname, extname, join } from "node:path"
import { type PretrainConfig, presetConfig, presets, type System } from "@tubelet/models"
import { gridOf } from "@tubelet/vit"
import { readConfigFile } from "../shell/config-file.js"
import { UsageError } from "../shell/errors.js"
import type { Flag } from "../shell/flag.js"

/** What `--model` takes: a preset's name, a path, or in a config file the configuration itself. */
export type ModelChoice = string | PretrainConfig

export const modelFlag: Flag<ModelChoice> = {
  help:
    "mae-, videomae- or videomaev2-{ti,s,b,l,h}, videomaev2-g, or a config or checkpoint " +
    "(videomaev2-s)",
  placeholder: "MODEL",
  read(value, name) {
    if (typeof value === "string" || isConfig(value)) return value
    throw new UsageError(`${name} is no model`, "give a preset's name, a path or a configuration")
  },
}

export interface ModelChanges {
  readonly frames?: number
  /** Pixels a side. */
  readonly size?: number
}

/** The configuration of a chosen model. */
export async function modelConfig(
  choice: ModelChoice,
  { frames, size }: ModelChanges = {},
): Promise<PretrainConfig> {
  const found = await chosenConfig(choice)
  if (frames !== undefined && frames !== found.frames && found.system === "mae") {
    throw new UsageError(
      `--frames ${frames}: MAE takes pictures`,
      "leave it out, or choose a video model",
    )
  }
  const changes = {
    ...(frames !== undefined && { frames }),
    ...(size !== undefined && { imageSize: size }),
  }
  const config = { ...found, ...changes }
  gridOf(config) // Says so where the sizes cannot be cut into patches.
  return config
}

async function chosenConfig(choice: ModelChoice): Promise<PretrainConfig> {
  if (typeof choice !== "string") return choice
  if (Object.hasOwn(presets, choice)) return presetConfig(choice)
  const found = await stat(choice).catch(() => undefined)
  if (!found) {
    throw new UsageError(
      `there is no model "${choice}", and no file or folder of that name`,
      `choose one of ${Object.keys(presets).join(", ")}, or a path to a config or checkpoint`,
    )
  }
  const file = found.isDirectory() ? join(choice, "config.json") : configBeside(choice)
  const { model, frames, size, ...rest } = await readConfigFile(file)
  const config = model ?? rest
  if (isConfig(config)) return config
  if (typeof config === "string") return modelConfig(config, { frames, size } as ModelChanges)
  throw new UsageError(`${file} describes no model`, 'it needs a "model" with system, encoder, ...')
}

/** A config file itself, or the one beside a checkpoint's weights. */
const configBeside = (path: string): string =>
  extname(path) === ".safetensors" ? join(dirname(path), "config.json") : path

const sizes = ["imageSize", "patchSize", "frames", "tubelet"]
const towerSizes = ["dim", "heads", "mlpHidden"]

function isConfig(value: unknown): value is PretrainConfig {
  const config = fieldsOf(value)
  const towers = [config.encoder, config.decoder].map(fieldsOf)
  return (
    isSystem(config.system) &&
    sizes.every((name) => isCount(config[name])) &&
    towers.every((tower) => towerSizes.every((name) => isCount(tower[name]))) &&
    // Pre-training without a decoder's blocks is still pre-training.
    towers.every(({ depth }) => depth === 0 || isCount(depth)) &&
    typeof config.eps === "number"
  )
}

/** A value's fields; none of what is no object. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {}

/** Whether a value is a whole number above 0. */
export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) > 0

export const isSystem = (value: unknown): value is System =>
  (["mae", "videomae", "videomaev2"] as unknown[]).includes(value)
