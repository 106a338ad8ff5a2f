import { existsSync } from "node:fs"
import type { Backend } from "@tubelet/core"
import { pretrain, pretrainFields, settledOptions, withCurrentNames } from "@tubelet/train"
import { reopening } from "../backends.js"
import { trainingHeadings } from "../flags/headings.js"
import { alternatives, pretrainFlags } from "../flags/pretrain.js"
import { withBaselines } from "../pretrain/baselines.js"
import { type Plan, planRun } from "../pretrain/plan.js"
import { announced } from "../pretrain/probe.js"
import { resolvedConfig } from "../pretrain/resolved-config.js"
import { settingsTable } from "../pretrain/table.js"
import { findRate, growingRates } from "../run/find-lr.js"
import { finishRun } from "../run/finish.js"
import { runProgress } from "../run/progress.js"
import { kept } from "../run/settings.js"
import { clipsIn, smallRate } from "../run/table.js"
import { initialWeights } from "../setup/init.js"
import { type CommandContext, defineCommand } from "../shell/command.js"
import { shortPath } from "../shell/short-path.js"
import { typed } from "../shell/typed.js"

export const pretrainCommand = defineCommand({
  name: "pretrain",
  summary: "pre-train a model on unlabelled clips or images",
  flags: pretrainFlags,
  headings: trainingHeadings,
  alternatives,
  migrate: withCurrentNames,
  details:
    "Ctrl-C, kill, a closed terminal or a closed pipe stops the run after the current step and\n" +
    "saves it (exit code 130, 143, 129 or 141). --resume continues it, with bit-identical results.",
  example: "tubelet pretrain --data clips --out runs/first --steps 200 --batch 2",
  onStop: "finishing this step, then saving",

  async run(_, values, context) {
    const { output } = context
    const plan = await planRun(values, output)
    if (values.dryRun) {
      for (const line of settingsTable(plan)) output.print(line)
      output.json(resolvedConfig(plan))
      return 0
    }
    return runPlan(plan, context)
  },
})

async function runPlan(plan: Plan, context: CommandContext): Promise<number> {
  const { values, model, masks, data, recipe, saveEvery, keep, out, probe } = plan
  const { output, signal } = context
  const config = resolvedConfig(plan)
  const { checkpointKey: key } = values
  const init =
    config.init === undefined ? undefined : initialWeights(config.init, { model, key, output })
  const open = reopening(values, output.log)
  let backend: Backend
  const progress = runProgress(output)
  const rate = smallRate(recipe)
  if (rate) output.log(rate)
  try {
    if (!values.resume) await init?.open() // If it does not fit, fail before compilation.
    const common = {
      ...settledOptions(pretrainFields, recipe),
      ...{ model, data: data!, masks, signal },
      async backend() {
        backend = await open()
        const { system } = model.config
        output.log(`${system} on ${clipsIn(data!)}, ${backend.device.name}; ${out}`)
        return backend
      },
      findNan: values.findNan === true,
      ...(init && { init: init.read }),
      onNotice: progress.notice,
      onCompile: progress.compile,
      onInit: progress.initialize,
    }
    const watching = { ...context, progress }
    if (values.findLr) {
      const steps = pretrain({ ...common, learningRates: growingRates })
      return await findRate(out, steps, watching)
    }
    const steps = pretrain({
      ...common,
      ...{ out, saveEvery, keep, config: { ...config }, resume: values.resume === true },
      ...kept(values, ["log"]),
      ...(probe && { probe }),
    })
    const run = {
      ...{ command: pretrainCommand, out, steps: recipe.steps, open: values.open === true },
      next: () => reviewOf(plan),
    }
    const compared = withBaselines(steps, plan, { backend: () => backend, notice: progress.notice })
    return await finishRun(run, announced(compared, progress.notice), watching)
  } finally {
    await init?.close()
  }
}

/** How to see what the model learned, on a clip that it has seen. */
function reviewOf({ out, data }: Plan): string {
  const read = data?.pathsRead().find((path) => existsSync(path))
  const clip = read === undefined ? "CLIP" : shortPath(read)
  const command = typed(`tubelet reconstruct ${clip} --checkpoint ${shortPath(out)}`)
  return `see what it learned: ${command}`
}
