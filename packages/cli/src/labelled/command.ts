import { oneBatch } from "@tubelet/train"
import { reopening } from "../backends.js"
import { trainingHeadings } from "../flags/headings.js"
import { alternativeFlags } from "../flags/hyperparameters.js"
import { findRate, growingRates } from "../run/find-lr.js"
import { finishRun } from "../run/finish.js"
import { runProgress } from "../run/progress.js"
import { kept } from "../run/settings.js"
import { clipsIn, smallRate } from "../run/table.js"
import { type Command, type CommandContext, defineCommand } from "../shell/command.js"
import { bestIn, predicting } from "./best.js"
import { withSplit } from "./class-files.js"
import { lastScores } from "./last-scores.js"
import { learnOneBatch } from "./one-batch.js"
import { type Plan, planRun } from "./plan.js"
import { resolvedConfig } from "./resolved-config.js"
import { scoreboard } from "./scoreboard.js"
import { transferredWeights } from "./start.js"
import { settingsTable } from "./table.js"
import type { LabelledRecipe, LabelledTask } from "./task.js"

/** Printed at an interruption. */
export const stopping = "finishing this step, then saving"

/** The command that runs a task on labelled clips. */
export const labelledCommand = <R extends LabelledRecipe>(
  task: LabelledTask<R>,
  words: Pick<Command, "summary" | "details" | "example">,
): Command => {
  const command: Command = defineCommand({
    ...{ name: task.name, flags: task.flags, ...words },
    headings: trainingHeadings,
    alternatives: alternativeFlags(task.fields),
    onStop: stopping,

    async run(_, values, context) {
      const { output } = context
      const plan = await planRun(task, values, output)
      try {
        if (!values.dryRun) return await runPlan(command, task, plan, context)
        for (const line of settingsTable(plan)) output.print(line)
        output.json(resolvedConfig(plan))
        return 0
      } finally {
        await plan.checkpoint?.file.close()
      }
    },
  })
  return command
}

async function runPlan<R extends LabelledRecipe>(
  command: Command,
  task: LabelledTask<R>,
  plan: Plan & { readonly recipe: R },
  context: CommandContext,
): Promise<number> {
  const { values, model, data, scored, recipe, checkpoint, saveEvery, keep, out, classes } = plan
  const { output, signal } = context
  const fresh = { seed: recipe.seed, allowFresh: values.allowFresh === true, output }
  const init = checkpoint && transferredWeights(model, checkpoint, fresh)
  if (!scored) output.log("nothing will be scored: there is no val or test split; see --val-data")
  const rate = smallRate(recipe)
  if (rate) output.log(rate)
  const open = reopening(values, output.log)
  const progress = runProgress(output)
  const common = {
    ...{ model, data, signal },
    ...(plan.classWeights && { classWeights: plan.classWeights }),
    async backend() {
      const backend = await open()
      output.log(`${model.config.system} on ${clipsIn(data)}, ${backend.device.name}; ${out}`)
      return backend
    },
    findNan: values.findNan === true,
    ...(init && { init }),
    onNotice: progress.notice,
    onCompile: progress.compile,
    onInit: progress.initialize,
  }
  const watching = { ...context, progress }
  if (values.oneBatch) {
    return learnOneBatch(task.steps(recipe, { ...common, data: oneBatch(data) }), watching)
  }
  if (values.findLr) {
    const growing = { ...common, learningRates: growingRates }
    return findRate(out, task.steps(recipe, growing), watching)
  }
  const steps = task.steps(recipe, {
    ...common,
    ...{ out, saveEvery, keep, classes, resume: values.resume === true },
    ...kept(values, ["patience", "log"]),
    ...(scored && { evaluation: scored.clips }),
    config: { ...resolvedConfig(plan) },
  })
  const scores = scoreboard(progress.notice, classes.length)
  const run = {
    ...{ command, out, steps: recipe.steps, open: values.open === true },
    results: async () => {
      const last = scores.last() ?? (await lastScores(out))
      return { best: await bestIn(out), top1: last?.top1, top5: last?.top5 }
    },
    next: () => predicting(out),
  }
  const watched = scores.watch(withSplit(steps, plan))
  return await finishRun(run, watched, watching)
}
