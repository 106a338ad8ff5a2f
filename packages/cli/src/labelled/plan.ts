import { resolve } from "node:path"
import type { PretrainConfig, System } from "@tubelet/models"
import { alternativeFlags } from "../flags/hyperparameters.js"
import type { LabelledValues } from "../flags/labelled.js"
import { checkpointDefaults } from "../flags/run.js"
import { lastCheckpoint } from "../run/ending.js"
import { requireRecipe } from "../run/recipe-names.js"
import { asUsage, noData, requireClips, settingsOf, storedValues } from "../run/settings.js"
import { trialValues } from "../run/trial.js"
import type { Output } from "../shell/output.js"
import { balanced, balancedWeights } from "./balance.js"
import { requireSameClasses } from "./class-files.js"
import { clipsFor, type LabelledClips, labelledClips } from "./clips.js"
import { requireHead, type Start, startOf } from "./start.js"
import type { LabelledRecipe, LabelledTask } from "./task.js"

/** A planned run: everything that its steps need except the backend. */
export type Plan = Awaited<ReturnType<typeof planRun>>

/** Decides every setting of a run: the command line, over the config of the run that it resumes. */
export async function planRun<R extends LabelledRecipe>(
  task: LabelledTask<R>,
  given: LabelledValues,
  output: Output,
) {
  const out = resolve(given.out ?? task.folder)
  const stored: LabelledValues = given.resume ? await storedValues(out, task.flags) : {}
  requireClips(stored, given)
  const sources = { stored, recipe: undefined, given }
  const values = settingsOf(sources, alternativeFlags(task.fields))
  if (values.data === undefined) throw noData(given, out)
  const path = resolve(values.data)
  const resumes = given.resume === true && (await lastCheckpoint(out)) !== undefined
  const start = await startOf(values, resumes, output)
  const { classes: taught } = task
  try {
    const clips = await labelledClips(path, start.base.system, { ...values, taught }, output)
    requireHead(start, path, clips.classes)
    const named = withRecipe(task, sources, { ...clips, system: start.base.system })
    const settled = trialValues(named, alternativeFlags(task.fields))
    const plan = { ...(await planFrom(task, start, { clips, values: settled }, output)), path, out }
    if (resumes) await requireSameClasses(plan)
    return plan
  } catch (error) {
    await start.checkpoint?.file.close()
    throw error
  }
}

interface Sources {
  readonly stored: LabelledValues
  readonly given: LabelledValues
}

/** All settings, with those of the recipe that the command line names. */
function withRecipe<R extends LabelledRecipe>(
  task: LabelledTask<R>,
  sources: Sources,
  { classes, train, system }: LabelledClips & { readonly system: System },
): LabelledValues {
  const { recipe: name } = sources.given
  if (name !== undefined) requireRecipe(name, { command: task.name, system })
  const counts = { clips: train.items.length, classes: classes.length }
  const recipe =
    name === undefined
      ? undefined
      : { name, values: asUsage(() => task.recipe(name, system, counts)) }
  return settingsOf({ ...sources, recipe }, alternativeFlags(task.fields))
}

async function planFrom<R extends LabelledRecipe>(
  task: LabelledTask<R>,
  { base, checkpoint }: Start,
  { clips, values }: { readonly clips: LabelledClips; readonly values: LabelledValues },
  output: Output,
) {
  const { system } = base
  const { frames, size, balance, classWeights } = values
  const { length: classes } = clips.classes
  const train = balance
    ? { ...clips.train, items: balanced(clips.train.items, classes) }
    : clips.train
  const given = {
    classes,
    ...(frames !== undefined && { frames }),
    ...(size !== undefined && { imageSize: size }),
  }
  const config = task.config(base as PretrainConfig, given, values)
  const recipe = task.resolve(system, train.items.length, values)
  const { repeats, seed } = recipe
  const { saveEvery, keep } = { ...checkpointDefaults, ...values }
  const transforms = task.transforms(system)
  return {
    ...{ task, values, config, checkpoint, recipe, saveEvery, keep },
    model: task.model(config, recipe),
    classes: clips.classes,
    items: clips.items,
    ...(classWeights === "balanced" && {
      classWeights: balancedWeights(train.items, classes),
    }),
    ...(await clipsFor(
      { ...clips, train },
      config,
      { ...values, repeats, seed, transforms },
      output,
    )),
  }
}
