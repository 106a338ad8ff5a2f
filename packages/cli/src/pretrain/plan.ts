import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { isHubReference } from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import { type PretrainConfig, pretrainModel, type System, targetNamed } from "@tubelet/models"
import { fileClips, type RecipeOptions, resolveRecipe, withCurrentNames } from "@tubelet/train"
import { modelConfig, shownConfig } from "../setup/any-model.js"
import { requireDecoder } from "../setup/checkpoint.js"
import { asked } from "../setup/data-set.js"
import { openFitted } from "../setup/fitted.js"
import { maskRules } from "../setup/masks.js"
import { changed } from "../setup/model.js"
import { requireMaskingFiles } from "../setup/moved-masking.js"
import { shownTarget } from "../setup/pretrained-model.js"
import { recipeValues } from "../setup/recipes.js"
import { readConfigFile, readFields } from "../shell/config-file.js"
import { UsageError } from "../shell/errors.js"
import { layered } from "../shell/layers.js"
import type { Output } from "../shell/output.js"
import { alternatives, type PretrainValues, pretrainFlags } from "./flags.js"

const defaultModel = "videomaev2-s"
const defaultFolder = "runs/pretrain"

/** A run, decided: all that `pretrain` needs but the backend. */
export type Plan = Awaited<ReturnType<typeof planRun>>

/** Decides every value of a run: what was given, over a recipe, over the resumed run's config. */
export async function planRun(given: PretrainValues, output: Output) {
  const out = resolve(given.out ?? defaultFolder)
  const stored = given.resume ? await storedValues(out) : {}
  requireMaskingFiles(join(out, "config.json"), stored, given)
  const { model: chosen, target: shown } = await chosenModel({ ...stored, ...given }, output)
  const values = withDefaults(given, stored, chosen.system)
  const config = changed(chosen, values)
  const target = values.target ?? shown
  const { dropPath = 0 } = values
  const model = pretrainModel(config, { target: targetNamed(target), dropPath })
  const masks = await maskRules(config.system, values)
  const { stride, repeats = 1, workers, seed = 0, accumulate = 1 } = values
  const path = values.data === undefined ? undefined : resolve(values.data)
  if (path !== undefined && given.data === undefined && stored.data && !existsSync(path)) {
    const advice = "put them back, or say where they are now: --data PATH"
    throw new TubeletError(`the run's clips were in ${path}, which is not there`, advice)
  }
  const prefetch = 2 * accumulate
  const loading = {
    ...{ seed, repeats, prefetch, ...asked(values, output) },
    ...(stride !== undefined && { stride }),
    ...(workers !== undefined && { workers }),
  }
  const data = path === undefined ? undefined : await fileClips({ path, config, ...loading })
  if (!data && !values.dryRun) {
    if (given.resume && !existsSync(join(out, "config.json"))) {
      throw new UsageError(`there is no run in ${out} to resume`, "give its folder, or --data")
    }
    throw new UsageError("--data is missing", "give a folder, a file or a list: --data clips")
  }
  const options = recipeOptions(values)
  const recipe = resolveRecipe(config.system, data?.length ?? Number.NaN, options)
  const { saveEvery = 500, keep = 3 } = values
  const decided = { values, out, config, target, model, masks, path, data, recipe, saveEvery, keep }
  return { ...decided, stride: data?.stride ?? stride ?? 4 }
}

/** The config of the run in a folder; nothing where there is none. */
async function storedValues(out: string): Promise<PretrainValues> {
  const file = join(out, "config.json")
  if (!existsSync(file)) return {}
  return readFields(withCurrentNames(await readConfigFile(file)), pretrainFlags, file)
}

/** The model that is named, or else that of the weights to begin with, and what it predicts. */
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

/** What was given, over the recipe it names, over the resumed run's config. */
function withDefaults(given: PretrainValues, stored: PretrainValues, system: System) {
  const { recipe } = given
  const layers = [
    { name: "the run's config", values: stored },
    {
      name: `the recipe ${recipe}`,
      values: recipe === undefined ? {} : recipeValues(recipe, system),
    },
    { name: "what is given", values: given },
  ]
  return layered<PretrainValues>(layers, alternatives)
}

function recipeOptions(values: PretrainValues): RecipeOptions {
  const { batch, repeats, accumulate, steps, epochs, warmup, weightDecay, weightDecayEnd } = values
  const { clipGrad, ema, seed } = values
  const { lr: learningRate, baseLr: baseLearningRate, minLr: minLearningRate } = values
  const all = {
    ...{ batch, repeats, accumulate, steps, epochs, warmup, weightDecay, weightDecayEnd },
    ...{ clipGrad, ema, seed },
    ...{ learningRate, baseLearningRate, minLearningRate },
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** The resolved config, whose fields are the flags: given back, it is the same run. */
export function resolvedConfig(
  plan: Plan,
): Omit<PretrainValues, "model"> & { model: PretrainConfig } {
  const { values, config, masks, recipe } = plan
  const file = (name: string | undefined) =>
    name !== undefined && existsSync(name) ? resolve(name) : name
  return {
    model: config,
    ...(plan.path !== undefined && { data: plan.path }),
    out: plan.out,
    ...kept(values, ["backend", "threads", "dtype", "workers", "allowMissing"]),
    ...{ batch: recipe.batch, repeats: recipe.repeats, accumulate: recipe.accumulate },
    ...{ frames: config.frames, stride: plan.stride, size: config.imageSize },
    masking: file(values.masking) ?? masks.encoder.masking.name,
    maskRatio: masks.encoder.ratio,
    ...(config.system === "videomaev2" && {
      ...(masks.decoder && {
        decoderMasking: file(values.decoderMasking) ?? masks.decoder.masking.name,
      }),
      decoderMaskRatio: masks.decoder?.ratio ?? 0,
    }),
    target: plan.target,
    ...(values.init !== undefined && {
      init: isHubReference(values.init) ? values.init : resolve(values.init),
    }),
    ...kept(values, ["checkpointKey"]),
    ...{ steps: recipe.steps, warmup: recipe.warmupSteps },
    ...{ lr: recipe.learningRate, minLr: recipe.minLearningRate, weightDecay: recipe.weightDecay },
    ...kept(values, ["weightDecayEnd", "clipGrad", "dropPath", "ema"]),
    ...{ saveEvery: plan.saveEvery, keep: plan.keep, seed: recipe.seed },
  }
}

const kept = <K extends keyof PretrainValues>(values: PretrainValues, names: readonly K[]) =>
  Object.fromEntries(
    names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])),
  ) as Pick<PretrainValues, K>
