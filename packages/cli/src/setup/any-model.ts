import { TubeletError } from "@tubelet/core"
import { type PretrainConfig, presetConfig } from "@tubelet/models"
import type { Fit } from "@tubelet/models/fit"
import type { ModelChoice } from "../flags/model-choice.js"
import { UsageError } from "../shell/errors.js"
import type { Output } from "../shell/output.js"
import { type Fitted, openFitted } from "./fitted.js"
import { changed, type ModelChanges, writtenConfig } from "./model.js"
import { hintFields, hintNames, hintOf } from "./sources.js"

/**
 * The configuration of a model, with changes: that of a preset or a config file, or what a
 * checkpoint shows. The log says what had to be assumed.
 */
export async function modelConfig(
  choice: ModelChoice,
  { checkpointKey, ...changes }: ModelChanges & { readonly checkpointKey?: string },
  output: Output,
): Promise<PretrainConfig> {
  const written = await writtenConfig(choice)
  if (written) return changed(written, changes)
  const key = checkpointKey === undefined ? {} : { checkpointKey }
  const fitted = await openFitted(choice as string, key, output)
  await fitted.file.close()
  return changed(shownConfig(withDecoder(fitted), output, changes), changes)
}

/** An encoder of a known model, with the decoder it was trained with. */
function withDecoder(fitted: Fitted): Fitted {
  const { fit } = fitted
  const [preset] = fit?.presets ?? []
  if (!fit || fit.kind === "pretrain" || preset === undefined) return fitted
  const { imageSize, frames } = fit.config
  const config = presetConfig(preset, { imageSize, frames })
  return { ...fitted, fit: { ...fit, kind: "pretrain", config } }
}

/** The model that a checkpoint shows; fields that are `given` need not be assumed. */
export function shownConfig(
  fitted: Fitted,
  output: Output,
  given: ModelChanges = {},
): PretrainConfig {
  const { path, fit } = fitted
  if (fit?.kind !== "pretrain") {
    throw new UsageError(
      `${path}: cannot identify the model from its tensor shapes or a config.json`,
      "set --model and --target",
    )
  }
  const { config, presets } = fit
  const named = presets.length > 0 ? presets.join(" or ") : config.system
  const guessed = assumed(fitted, given)
  output.log(`the checkpoint is ${named}${guessed && `; ${guessed}`}`)
  return config
}

/** The model that a checkpoint fits, of whatever kind; the log says what it is. */
export function shownFit(fitted: Fitted, output: Output): Fit {
  const { path, fit, notes } = fitted
  if (!fit) {
    throw new TubeletError(
      `${path}: it does not fit any known model`,
      "pass a checkpoint of tubelet pretrain, or one of the authors",
    )
  }
  for (const note of notes) output.log(note)
  const guessed = assumed(fitted)
  const name = fit.presets.join(" or ") || fit.config.system
  output.log(`the checkpoint is ${name}${guessed && `; ${guessed}`}`)
  return fit
}

/** What had to be assumed of a model, and the flags that change it; empty if nothing was. */
export function assumed({ fit, from }: Fitted, given: ModelChanges = {}): string {
  const { size: imageSize, ...others } = given
  const known = { imageSize, ...others }
  const guessed = hintNames.filter((name) => {
    return from[hintFields[name].field] === "assumed" && known[name] === undefined
  })
  if (!fit || guessed.length === 0) return ""
  const values = guessed.map((name) => `${hintFields[name].field} ${hintOf(fit.config, name)}`)
  const flags = guessed.map((name) => hintFields[name].flag)
  return `assumed: ${values.join(", ")} (change it with ${flags.join(", ")} or --model)`
}
