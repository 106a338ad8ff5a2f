import {
  FailedStepError,
  pretrain,
  pretrainFields,
  type StepResult,
  settledOptions,
  withCurrentNames,
} from "@tubelet/train"
import { alternatives, pretrainFlags } from "../flags/pretrain.js"
import { endingLines, lastCheckpoint, withResume } from "../run/ending.js"
import { type Plan, planRun } from "../run/plan.js"
import { runProgress } from "../run/progress.js"
import { resolvedConfig } from "../run/resolved-config.js"
import { clipsIn, settingsTable, smallRate } from "../run/table.js"
import { reopening } from "../setup/backend.js"
import { initialWeights } from "../setup/init.js"
import { type CommandContext, defineCommand } from "../shell/command.js"
import { interruptedCode } from "../shell/interrupt.js"

export const pretrainCommand = defineCommand({
  name: "pretrain",
  summary: "pre-train a model on unlabelled clips or images",
  flags: pretrainFlags,
  alternatives,
  migrate: withCurrentNames,
  details:
    "Ctrl-C, kill, a closed terminal or a closed pipe end the run after the current step and\n" +
    "save it (exit code 130, 143, 129 or 141). --resume continues it, with bit-identical results.",
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
  const { out, recipe } = plan
  const { output, signal } = context
  const began = performance.now()
  const rate = smallRate(plan)
  if (rate) output.log(rate)
  const last = await steps(plan, context)
  const seconds = (performance.now() - began) / 1000
  const checkpoint = await lastCheckpoint(out)
  const finished = last ? last.step === recipe.steps : !signal.aborted
  output.json({
    ...{ out, checkpoint, finished, step: last?.step, steps: recipe.steps },
    ...{ epoch: last?.epoch, loss: last?.loss, seconds },
  })
  for (const line of endingLines(plan, { last, finished, checkpoint }, signal)) output.print(line)
  return finished ? 0 : interruptedCode(signal)
}

/** Does the steps of a run, and returns the last one. */
async function steps(
  plan: Plan,
  { output, signal }: CommandContext,
): Promise<StepResult | undefined> {
  const { values, model, masks, data, recipe, saveEvery, keep, out } = plan
  const config = resolvedConfig(plan)
  const { checkpointKey: key } = values
  const init =
    config.init === undefined ? undefined : initialWeights(config.init, { model, key, output })
  const open = reopening(values, output.log)
  const progress = runProgress(output)
  let last: StepResult | undefined
  try {
    if (!values.resume) await init?.open() // A misfit is an error before compilation.
    const run = pretrain({
      ...settledOptions(pretrainFields, recipe),
      ...{ model, data: data!, masks, out, saveEvery, keep, signal },
      async backend() {
        const backend = await open()
        const { system } = model.config
        output.log(`${system} on ${clipsIn(data!)}, ${backend.device.name}; ${out}`)
        return backend
      },
      config: { ...config },
      resume: values.resume === true,
      findNan: values.findNan === true,
      ...(init && { init: init.read }),
      onNotice: progress.notice,
      onCompile: progress.compile,
      onInit: progress.initialize,
    })
    for await (const step of run) {
      progress.step(step)
      last = step
    }
    return last
  } catch (error) {
    throw last || error instanceof FailedStepError ? await withResume(error, out) : error
  } finally {
    progress.end()
    await init?.close()
  }
}
