import { existsSync } from "node:fs"
import { relative } from "node:path"
import { TubeletError } from "@tubelet/core"
import { shellWord } from "@tubelet/core/text"
import {
  FailedStepError,
  pretrain,
  pretrainFields,
  type StepResult,
  settledOptions,
  withCurrentNames,
} from "@tubelet/train"
import { alternatives, pretrainFlags } from "../flags/pretrain.js"
import { type Plan, planRun } from "../run/plan.js"
import { resolvedConfig } from "../run/resolved-config.js"
import { settingsTable, smallRate } from "../run/table.js"
import { reopening } from "../setup/backend.js"
import { weightsFile } from "../setup/checkpoint.js"
import { initialWeights } from "../setup/init.js"
import { type CommandContext, defineCommand } from "../shell/command.js"
import { described } from "../shell/errors.js"
import { type Interruption, interruptedCode } from "../shell/interrupt.js"
import type { Output } from "../shell/output.js"
import { partLine } from "../shell/progress/part-line.js"
import { type StepLine, stepLine } from "../shell/progress/step-line.js"
import { typed } from "../shell/typed.js"

export const pretrainCommand = defineCommand({
  name: "pretrain",
  summary: "train a model on clips or pictures without labels",
  flags: pretrainFlags,
  alternatives,
  migrate: withCurrentNames,
  details:
    "Ctrl-C, kill, a closed terminal or a closed pipe end it after the step in progress, saved:\n" +
    "exit code 130, 143, 129 or 141; --resume continues to the same bytes.",
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

async function runPlan(plan: Plan, { output, signal }: CommandContext): Promise<number> {
  const { values, model, masks, data, recipe, saveEvery, keep, out } = plan
  const began = performance.now()
  const config = resolvedConfig(plan)
  const init = config.init === undefined ? undefined : firstWeights(config.init, plan, output)
  const rate = smallRate(plan)
  if (rate) output.log(rate)
  let progress: StepLine | undefined
  let last: StepResult | undefined
  const [compiling, drawing] = [
    partLine(output, "compiling"),
    partLine(output, "initializing weights"),
  ]
  const open = reopening(values, output.log)
  const endLine = () => {
    progress?.end()
    progress = undefined
  }
  try {
    if (!values.resume) await init?.open() // What does not fit is told before compilation.
    const steps = pretrain({
      ...settledOptions(pretrainFields, recipe),
      ...{ model, data: data!, masks, out, saveEvery, keep, signal },
      async backend() {
        const backend = await open()
        const clips = `${data!.length} clips`
        output.log(`${config.model.system} on ${clips}, ${backend.device.name}; ${out}`)
        return backend
      },
      config: config as Readonly<Record<string, unknown>>,
      resume: values.resume === true,
      findNan: values.findNan === true,
      ...(init && { init: init.read }),
      onNotice: (line) => (progress ? progress.note(line) : output.log(line)),
      onCompile(done) {
        endLine() // There is one where the run lost its device and goes on with another.
        compiling.update(done)
      },
      onInit: drawing.update,
    })
    for await (const step of steps) {
      progress ??= stepLine(output)
      progress.update(step)
      last = step
    }
  } catch (error) {
    throw last || error instanceof FailedStepError ? await withAdvice(error, out) : error
  } finally {
    endLine()
    await init?.close()
  }
  const seconds = (performance.now() - began) / 1000
  const checkpoint = await lastCheckpoint(out)
  const finished = last ? last.step === recipe.steps : !signal.aborted
  output.json({
    ...{ out, checkpoint, finished, step: last?.step, steps: recipe.steps },
    ...{ epoch: last?.epoch, loss: last?.loss, seconds },
  })
  for (const line of closing({ plan, last, finished, checkpoint, signal })) output.print(line)
  return finished ? 0 : interruptedCode(signal)
}

const firstWeights = (named: string, { values, model }: Plan, output: Output) =>
  initialWeights(named, { model, key: values.checkpointKey, output })

const lastCheckpoint = (out: string): Promise<string | undefined> =>
  weightsFile(out).then(folderOf, () => undefined)

/** The error that ended a run, with how to go on from what was saved. */
async function withAdvice(error: unknown, out: string): Promise<unknown> {
  const checkpoint = await lastCheckpoint(out)
  if (checkpoint === undefined) return error
  const { advice } = described(error instanceof FailedStepError ? error.cause : error)
  const next = `go on from ${checkpoint} with: ${typed(resuming(out))}`
  return new TubeletError(described(error).message, `${advice}; ${next}`, { cause: error })
}

const resuming = (out: string): string => `tubelet pretrain --out ${shortened(out)} --resume`

const shortened = (path: string): string => shellWord(relative(process.cwd(), path) || ".")

const folderOf = (file: string): string => file.replace(/[\\/]model\.safetensors$/, "")

function closing(run: {
  readonly plan: Plan
  readonly last: StepResult | undefined
  readonly finished: boolean
  readonly checkpoint: string | undefined
  readonly signal: AbortSignal
}): string[] {
  const { plan, last, finished, checkpoint, signal } = run
  if (finished && !last) return [`already finished: ${checkpoint}`]
  if (!checkpoint) return ["stopped before the first step; the same command begins anew"]
  const saved = `saved ${checkpoint}`
  if (finished) {
    const read = plan.data!.pathsRead().find((path) => existsSync(path))
    const clip = read === undefined ? "CLIP" : shortened(read)
    const next = typed(`tubelet reconstruct ${clip} --checkpoint ${shortened(plan.out)}`)
    return [saved, `see what it learned: ${next}`]
  }
  const where = last ? `stopped after step ${last.step} of ${last.steps}` : "stopped"
  const why = (signal.reason as Interruption).message
  return [`${where} (${why}); ${saved}`, `go on with: ${typed(resuming(plan.out))}`]
}
