import { resolve } from "node:path"
import type { PretrainConfig } from "@tubelet/models"
import { alternativeFlags } from "../flags/hyperparameters.js"
import type { LabelledValues } from "../flags/labelled.js"
import { checkpointDefaults } from "../flags/run.js"
import { lastCheckpoint } from "../run/ending.js"
import { noData, requireClips, settingsOf, storedValues } from "../run/settings.js"
import type { Output } from "../shell/output.js"
import { requireSameClasses } from "./class-files.js"
import { clipsFor, labelledClips } from "./clips.js"
import { type Start, startOf } from "./start.js"
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
  const values = settingsOf({ stored, recipe: undefined, given }, alternativeFlags(task.fields))
  if (values.data === undefined) throw noData(given, out)
  const path = resolve(values.data)
  const resumes = given.resume === true && (await lastCheckpoint(out)) !== undefined
  const start = await startOf(values, resumes, output)
  try {
    const plan = { ...(await planFrom(task, start, { path, values }, output)), path, out }
    if (resumes) await requireSameClasses(plan)
    return plan
  } catch (error) {
    await start.checkpoint?.file.close()
    throw error
  }
}

async function planFrom<R extends LabelledRecipe>(
  task: LabelledTask<R>,
  { base, checkpoint }: Start,
  { path, values }: { readonly path: string; readonly values: LabelledValues },
  output: Output,
) {
  const { system } = base
  const clips = await labelledClips(path, system, { ...values, taught: task.classes }, output)
  const { frames, size } = values
  const given = {
    classes: clips.classes.length,
    ...(frames !== undefined && { frames }),
    ...(size !== undefined && { imageSize: size }),
  }
  const config = task.config(base as PretrainConfig, given, values)
  const recipe = task.resolve(system, clips.train.items.length, values)
  const { repeats, seed } = recipe
  const { saveEvery, keep } = { ...checkpointDefaults, ...values }
  const transforms = task.transforms(system)
  return {
    ...{ task, values, config, checkpoint, recipe, saveEvery, keep },
    model: task.model(config, recipe),
    classes: clips.classes,
    items: clips.items,
    ...(await clipsFor(clips, config, { ...values, repeats, seed, transforms }, output)),
  }
}
