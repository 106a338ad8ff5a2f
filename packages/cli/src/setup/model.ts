import { existsSync } from "node:fs"
import { stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { isHubReference } from "@tubelet/checkpoint"
import { type PretrainConfig, presetConfig, presets, type System } from "@tubelet/models"
import { gridOf } from "@tubelet/vit"
import { isConfig, type ModelChoice } from "../flags/model-choice.js"
import { readConfigFile } from "../shell/config-file.js"
import { UsageError } from "../shell/errors.js"

export interface ModelChanges {
  readonly system?: System
  readonly frames?: number
  /** Width and height in pixels. */
  readonly size?: number
  readonly heads?: number
  readonly decoderHeads?: number
}

/**
 * The configuration of a preset, a config file or a run's folder; undefined for a checkpoint
 * without one, whose tensors have to be read.
 */
export async function writtenConfig(choice: ModelChoice): Promise<PretrainConfig | undefined> {
  if (typeof choice !== "string") return choice
  if (Object.hasOwn(presets, choice)) return presetConfig(choice)
  const found = await stat(choice).catch(() => undefined)
  if (!found && isHubReference(choice)) return undefined
  if (!found) {
    throw new UsageError(
      `"${choice}" is not a preset, file or folder`,
      `choose one of ${Object.keys(presets).join(", ")}, or a path to a config or checkpoint`,
    )
  }
  const isConfigFile = found.isFile() && /\.(json|[cm]?[jt]s)$/i.test(choice)
  const beside = join(found.isDirectory() ? choice : dirname(choice), "config.json")
  const file = isConfigFile ? choice : beside
  if (!isConfigFile && !existsSync(beside)) return undefined
  const written = await readConfigFile(file)
  // The config of a run has a model; or the file is the model's.
  const { model: config = written, frames, size } = written
  if (isConfig(config)) return config
  if (typeof config === "string" && (isConfigFile || Object.hasOwn(presets, config))) {
    return changed(await namedConfig(config), { frames, size } as ModelChanges)
  }
  if (!isConfigFile) return undefined
  throw new UsageError(
    `${file} does not describe a model`,
    'it needs a "model" with system, encoder, ...',
  )
}

/** The configuration of a preset, a config file or a run. */
export async function namedConfig(choice: ModelChoice): Promise<PretrainConfig> {
  const config = await writtenConfig(choice)
  if (config) return config
  throw new UsageError(`${choice} is not a config`, "pass a preset's name or a config file")
}

/** A configuration with changes. Throws if it cannot be cut into patches. */
export function changed(
  found: PretrainConfig,
  { system, frames, size, heads, decoderHeads }: ModelChanges,
): PretrainConfig {
  if (frames !== undefined && frames !== found.frames && found.system === "mae") {
    throw new UsageError(
      `--frames ${frames}: MAE takes single images`,
      "omit it, or choose a video model",
    )
  }
  const config = {
    ...found,
    ...(system !== undefined && { system }),
    ...(frames !== undefined && { frames }),
    ...(size !== undefined && { imageSize: size }),
    ...(heads !== undefined && { encoder: { ...found.encoder, heads } }),
    ...(decoderHeads !== undefined && { decoder: { ...found.decoder, heads: decoderHeads } }),
  }
  gridOf(config) // Throws if the sizes cannot be cut into patches.
  return config
}
