import {
  type PretrainConfig,
  type PretrainModel,
  pretrainModel,
  targetNamed,
} from "@tubelet/models"
import { UsageError } from "../shell/errors.js"
import type { Output } from "../shell/output.js"
import { type Fitted, openFitted } from "./fitted.js"
import { modelConfig } from "./model.js"
import type { RunSettings } from "./run-settings.js"

/**
 * The pre-training model that a checkpoint's weights are of: as it is said, as a config.json
 * beside it says, or else as its shapes show. What had to be assumed goes to the log.
 */
export async function pretrainedModel(
  file: string,
  { model, target }: Pick<RunSettings, "model" | "target">,
  output: Output,
): Promise<PretrainModel> {
  if (model !== undefined && target !== undefined) return made(await modelConfig(model), target)
  const fitted = await openFitted(file, output)
  await fitted.file.close()
  for (const note of fitted.notes) output.log(note)
  const config = model === undefined ? shownConfig(fitted, output) : await modelConfig(model)
  return made(config, target ?? shownTarget(fitted, output))
}

const made = (config: PretrainConfig, target: "pixels" | "normalised"): PretrainModel =>
  pretrainModel(config, { target: targetNamed(target) })

function shownConfig({ path, fit }: Fitted, output: Output): PretrainConfig {
  if (fit?.kind !== "pretrain") {
    throw new UsageError(
      `${path} has no config.json beside it that says which model it is, nor do its shapes`,
      "say so with --model and --target",
    )
  }
  const { config, presets, assumed } = fit
  const named = presets.length > 0 ? presets.join(" or ") : config.system
  const guessed = assumed.map((field) => `${field} ${JSON.stringify(fieldOf(config, field))}`)
  const but = guessed.length > 0 ? `; assumed: ${guessed.join(", ")} (--model says otherwise)` : ""
  output.log(`the model is ${named}, as the checkpoint shows${but}`)
  return config
}

/** `decoder.heads` of a configuration. */
const fieldOf = (config: object, path: string): unknown =>
  path.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], config)

function shownTarget({ normalisedTarget }: Fitted, output: Output): "pixels" | "normalised" {
  if (normalisedTarget !== undefined) return normalisedTarget ? "normalised" : "pixels"
  output.log(
    "it is taken to predict normalised pixels, as the authors train; for one that predicts plain " +
      "ones say --target pixels",
  )
  return "normalised"
}
