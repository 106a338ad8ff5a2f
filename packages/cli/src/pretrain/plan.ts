import { join, resolve } from "node:path"
import { type PretrainConfig, pretrainModel, type System, targetNamed } from "@tubelet/models"
import {
  type FileClips,
  fileClips,
  pretrainFields,
  publishedRecipe,
  resolveRecipe,
} from "@tubelet/train"
import { publishedTransforms } from "@tubelet/video"
import { optionsFrom, valuesFrom } from "../flags/hyperparameters.js"
import { alternatives, type PretrainValues, pretrainFlags } from "../flags/pretrain.js"
import { checkpointDefaults } from "../flags/run.js"
import { requireRecipe } from "../run/recipe-names.js"
import { asUsage, noData, requireClips, settingsOf, storedValues } from "../run/settings.js"
import { trialValues } from "../run/trial.js"
import { modelConfig, shownConfig } from "../setup/any-model.js"
import { requireDecoder } from "../setup/checkpoint.js"
import { asked } from "../setup/data-set.js"
import { openFitted } from "../setup/fitted.js"
import { maskRules } from "../setup/masks.js"
import { changed } from "../setup/model.js"
import { requireMaskingFiles } from "../setup/moved-masking.js"
import { shownTarget } from "../setup/pretrained-model.js"
import { withTransform } from "../setup/transforms.js"
import type { Output } from "../shell/output.js"
import { featureProbe } from "./probe.js"

const defaultModel = "videomaev2-s"
const defaultFolder = "runs/pretrain"

/** A planned run: everything that `pretrain` needs except the backend. */
export type Plan = Awaited<ReturnType<typeof planRun>>

/**
 * Decides every setting of a run: the command line over the recipe that it names, over the config
 * of the run that it resumes.
 */
export async function planRun(given: PretrainValues, output: Output) {
  const out = resolve(given.out ?? defaultFolder)
  const stored = given.resume ? await storedValues(out, pretrainFlags) : {}
  requireMaskingFiles(join(out, "config.json"), stored, given)
  requireClips(stored, given)
  const { model: chosen, target: shown } = await chosenModel({ ...stored, ...given }, output)
  const { recipe: name } = given
  const named = name === undefined ? undefined : { name, values: recipeValues(name, chosen.system) }
  const settings = settingsOf({ stored, recipe: named, given }, alternatives)
  const values = trialValues(settings, alternatives)
  const config = changed(chosen, values)
  const target = values.target ?? shown
  const masks = await maskRules(config.system, values)
  const path = values.data === undefined ? undefined : resolve(values.data)
  const data = path === undefined ? undefined : await clipsOf(path, config, values, output)
  if (!data && !values.dryRun) throw noData(given, out)
  const options = optionsFrom(pretrainFields, values)
  const recipe = resolveRecipe(config.system, data?.length ?? Number.NaN, options)
  const model = pretrainModel(config, { target: targetNamed(target), dropPath: recipe.dropPath })
  const { saveEvery, keep, stride = 4 } = { ...checkpointDefaults, ...values }
  const clip = { config, stride: data?.stride ?? stride }
  const probe = await featureProbe(values, { ...clip, saveEvery }, output)
  return {
    ...{ values, out, target, model, masks, path, data, recipe, saveEvery, keep, probe },
    ...clip,
  }
}

/** The settings of a published recipe, as values of flags. */
function recipeValues(name: string, system: System): PretrainValues {
  requireRecipe(name, { command: "pretrain", system })
  const { maskRatio, stride, ...options } = asUsage(() => publishedRecipe(name, system))
  const clip = stride === undefined ? {} : { stride }
  return { maskRatio, ...clip, ...valuesFrom(pretrainFields, options) }
}

/** The model that is named, or that of the initial weights, and what it predicts. */
async function chosenModel(values: PretrainValues, output: Output) {
  const { model, init, checkpointKey } = values
  if (model !== undefined || init === undefined) {
    const named = await modelConfig(model ?? defaultModel, values, output)
    return { model: named, target: "normalised" } as const
  }
  const fitted = await openFitted(
    init,
    checkpointKey === undefined ? {} : { checkpointKey },
    output,
  )
  await fitted.file.close()
  requireDecoder(fitted.file, "init")
  for (const note of fitted.notes) output.log(note)
  const { target, ...changes } = values
  return {
    model: shownConfig(fitted, output, changes),
    target: target ?? shownTarget(fitted, output),
  }
}

const clipsOf = (
  path: string,
  config: PretrainConfig,
  values: PretrainValues,
  output: Output,
): Promise<FileClips> => {
  const { stride, repeats = 1, workers, seed = 0, accumulate = 1, transform } = values
  const crop = publishedTransforms[config.system === "mae" ? "random-resized" : "multi-scale"]
  return fileClips({
    ...{ path, config, seed, repeats, prefetch: 2 * accumulate },
    ...asked(values, output),
    ...(transform !== undefined && { transforms: withTransform(crop, transform) }),
    ...(stride !== undefined && { stride }),
    ...(workers !== undefined && { workers }),
  })
}
