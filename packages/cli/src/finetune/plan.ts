import { resolve } from "node:path"
import { classifierModel } from "@tubelet/models"
import { finetuneFields, resolveFinetuneRecipe } from "@tubelet/train"
import { alternatives, type FinetuneValues, finetuneFlags } from "../flags/finetune.js"
import { optionsFrom } from "../flags/hyperparameters.js"
import { checkpointDefaults } from "../flags/run.js"
import { lastCheckpoint } from "../run/ending.js"
import { noData, requireClips, settingsOf, storedValues } from "../run/settings.js"
import type { Output } from "../shell/output.js"
import { requireSameClasses } from "./class-files.js"
import { clipsFor, labelledClips } from "./clips.js"
import { classifierOf, type Start, startOf } from "./start.js"

/** A planned run: everything that `finetune` needs except the backend. */
export type Plan = Awaited<ReturnType<typeof planRun>>

/** Decides every setting of a run: the command line, over the config of the run that it resumes. */
export async function planRun(given: FinetuneValues, output: Output) {
  const out = resolve(given.out ?? "runs/finetune")
  const stored = given.resume ? await storedValues(out, finetuneFlags) : {}
  requireClips(stored, given)
  const values = settingsOf({ stored, recipe: undefined, given }, alternatives)
  if (values.data === undefined) throw noData(given, out)
  const path = resolve(values.data)
  const resumes = given.resume === true && (await lastCheckpoint(out)) !== undefined
  const start = await startOf(values, resumes, output)
  try {
    const plan = { ...(await planFrom(start, { path, values }, output)), path, out }
    if (resumes) await requireSameClasses(plan)
    return plan
  } catch (error) {
    await start.checkpoint?.file.close()
    throw error
  }
}

async function planFrom(
  { base, checkpoint }: Start,
  { path, values }: { readonly path: string; readonly values: FinetuneValues },
  output: Output,
) {
  const clips = await labelledClips(path, base.system, values, output)
  const config = classifierOf(base, clips.classes.length, values)
  const options = optionsFrom(finetuneFields, values)
  const recipe = resolveFinetuneRecipe(config.system, clips.train.items.length, options)
  const { dropPath, headDropout, repeats, seed } = recipe
  const { saveEvery, keep } = { ...checkpointDefaults, ...values }
  return {
    ...{ values, config, checkpoint, recipe, saveEvery, keep },
    model: classifierModel(config, { dropPath, headDropout }),
    classes: clips.classes,
    items: clips.items,
    ...(await clipsFor(clips, config, { ...values, repeats, seed }, output)),
  }
}
