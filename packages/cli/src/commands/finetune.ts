import { finetune, finetuneFields, settledOptions } from "@tubelet/train"
import { reopening } from "../backends.js"
import { withClasses } from "../finetune/class-files.js"
import { type Plan, planRun } from "../finetune/plan.js"
import { resolvedConfig } from "../finetune/resolved-config.js"
import { scoreboard } from "../finetune/scoreboard.js"
import { transferredWeights } from "../finetune/start.js"
import { settingsTable } from "../finetune/table.js"
import { alternatives, finetuneFlags } from "../flags/finetune.js"
import { finishRun } from "../run/finish.js"
import { runProgress } from "../run/progress.js"
import { clipsIn, smallRate } from "../run/table.js"
import { type CommandContext, defineCommand } from "../shell/command.js"
import { shortPath } from "../shell/short-path.js"
import { typed } from "../shell/typed.js"

export const finetuneCommand = defineCommand({
  name: "finetune",
  summary: "fine-tune a pre-trained encoder on labelled clips or images",
  flags: finetuneFlags,
  alternatives,
  details:
    "Learns from the split train of a data set and scores val or test when a checkpoint is due.\n" +
    "Something-Something implies --sampling segments and --directional. Resumes like pretrain.",
  example: "tubelet finetune --init runs/first --data actions --size 112 --steps 200 --batch 2",
  onStop: "finishing this step, then saving",

  async run(_, values, context) {
    const { output } = context
    const plan = await planRun(values, output)
    try {
      if (!values.dryRun) return await runPlan(plan, context)
      for (const line of settingsTable(plan)) output.print(line)
      output.json(resolvedConfig(plan))
      return 0
    } finally {
      await plan.checkpoint?.file.close()
    }
  },
})

async function runPlan(plan: Plan, context: CommandContext): Promise<number> {
  const { values, model, data, scored, recipe, checkpoint, saveEvery, keep, out } = plan
  const { output, signal } = context
  const fresh = { seed: recipe.seed, allowFresh: values.allowFresh === true, output }
  const init = checkpoint && transferredWeights(model, checkpoint, fresh)
  if (!scored) output.log("no clips are scored: there is no split val or test; see --val-data")
  const rate = smallRate(recipe)
  if (rate) output.log(rate)
  const open = reopening(values, output.log)
  const progress = runProgress(output)
  const { dropPath: _, headDropout: __, ...options } = settledOptions(finetuneFields, recipe)
  const steps = finetune({
    ...options,
    ...{ model, data, out, saveEvery, keep, signal },
    ...(scored && { evaluation: scored.clips }),
    async backend() {
      const backend = await open()
      output.log(`${model.config.system} on ${clipsIn(data)}, ${backend.device.name}; ${out}`)
      return backend
    },
    config: { ...resolvedConfig(plan) },
    resume: values.resume === true,
    findNan: values.findNan === true,
    ...(init && { init }),
    onNotice: progress.notice,
    onCompile: progress.compile,
    onInit: progress.initialize,
  })
  const scores = scoreboard(progress.notice)
  const run = {
    ...{ command: finetuneCommand, out, steps: recipe.steps, results: scores.results },
    next: () => `classify a clip: ${typed(`tubelet predict CLIP --checkpoint ${shortPath(out)}`)}`,
  }
  const watched = scores.watch(withClasses(steps, plan))
  return await finishRun(run, watched, { ...context, progress })
}
