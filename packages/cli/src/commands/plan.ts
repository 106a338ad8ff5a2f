import { sizeOf } from "@tubelet/core"
import { classifierConfig, type System } from "@tubelet/models"
import { compileTrainStep, finetuneFields, pretrainFields } from "@tubelet/train"
import { backendFlags, openBackend } from "../backends.js"
import { hyperparameterFlags } from "../flags/hyperparameters.js"
import { maskFlags } from "../flags/mask.js"
import { modelFlags } from "../flags/model.js"
import { type Forecast, flopsOf, forecastFinetune, forecastPretrain } from "../forecast/forecast.js"
import { forecastMemory } from "../forecast/memory.js"
import { tryOut } from "../forecast/trial.js"
import { modelConfig } from "../setup/any-model.js"
import { maskRules } from "../setup/masks.js"
import { masksOfRun } from "../setup/run-settings.js"
import { defineCommand } from "../shell/command.js"
import { duration } from "../shell/duration.js"
import { type FlagValues, whole } from "../shell/flag.js"
import type { Output } from "../shell/output.js"

const { batch, repeats } = pretrainFields

/** Fine-tuning on video repeats each clip by default. */
const batchOf = (values: Values, system: System) => ({
  batch: values.batch ?? batch.default,
  repeats:
    values.repeats ??
    (values.classes === undefined ? repeats.default : finetuneFields.repeats.default[system]),
})

const flags = {
  ...modelFlags,
  ...hyperparameterFlags({ batch, repeats }),
  steps: whole("run length in steps, to estimate its time"),
  classes: whole("plan fine-tuning with N classes instead"),
  ...maskFlags,
  ...backendFlags,
}

type Values = FlagValues<typeof flags>

export const planCommand = defineCommand({
  name: "plan",
  summary: "estimate FLOPs, memory and time before a run",
  flags,
  example: "tubelet plan --model videomaev2-ti --batch 2 --steps 1000",

  async run(_, values, { output }) {
    const { model = "videomaev2-s", classes } = values
    const config = await modelConfig(model, values, output)
    const { batch, repeats } = batchOf(values, config.system)
    const clips = batch * repeats
    if (classes === undefined) {
      const masks = await maskRules(config.system, { ...(await masksOfRun(model)), ...values })
      return print(forecastPretrain(config, masks, clips), values, output)
    }
    // The checkpoint's size, from which its position table is resized; the log has it already.
    const { frames: _frames, size: _size, ...ofModel } = values
    const base = await modelConfig(model, ofModel, { ...output, log() {} })
    const { imageSize, frames } = config
    const classifier = classifierConfig(base, { classes, imageSize, frames })
    return print(forecastFinetune(classifier, clips), values, output)
  },
})

async function print<S>(forecast: Forecast<S>, values: Values, output: Output): Promise<number> {
  const backend = await openBackend(values, output.log)
  const { plan, tokens } = forecast
  const { name, model } = plan
  const params = Object.values(model.specs).reduce((n, { shape }) => n + sizeOf(shape), 0)
  // The step of the run is compiled, but gets no state. As in the run, it stays in memory while the
  // smaller one runs, so that the program's memory is counted for both.
  const step = await compileTrainStep(backend, plan)
  output.log("timing a model with a quarter of the depth")
  const trial = await tryOut(backend, forecast)
  const memory = forecastMemory(plan, step, trial.besideBytes)
  await step.dispose()
  const secondsPerStep = flopsOf(forecast) / trial.flopsPerSecond
  const gflops = trial.flopsPerSecond / 1e9
  await backend.dispose()
  const { steps } = values
  const { batch, repeats } = batchOf(values, model.config.system)
  const forward = 2 * Object.values(forecast.macs).reduce((a, b) => a + b)
  const found = {
    ...{ task: name, system: model.config.system, batch, repeats, params },
    tokens: tokens.all,
    ...(tokens.visible && { visible: tokens.visible, targets: tokens.targets }),
    flops: { forwardPerSample: forward, step: flopsOf(forecast) },
    memoryBytes: memory,
    memoryMiB: memory.total / 2 ** 20,
    ...{ secondsPerStep, samplesPerSecond: forecast.clips / secondsPerStep, gflops },
    ...(steps && { steps, seconds: steps * secondsPerStep }),
    ...{ backend: backend.name, device: backend.device.name },
  }
  output.json(found)
  for (const [name, value] of rows(found)) output.print(`${name.padEnd(12)}${value}`)
  return 0
}

const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20).toLocaleString("en")} MiB`
const giga = (n: number): string => `${(n / 1e9).toPrecision(4)} GFLOP`

function rows(found: {
  readonly batch: number
  readonly repeats: number
  readonly params: number
  readonly tokens: number
  readonly visible?: number
  readonly targets?: number
  readonly flops: { readonly forwardPerSample: number; readonly step: number }
  readonly memoryBytes: Awaited<ReturnType<typeof forecastMemory>>
  readonly secondsPerStep: number
  readonly samplesPerSecond: number
  readonly gflops: number
  readonly steps?: number
  readonly seconds?: number
}): [string, string][] {
  const { batch, repeats, tokens, visible, targets, flops, memoryBytes: memory } = found
  const seen = visible ? `, ${visible} visible, ${targets} predicted` : ""
  const rate = `${found.samplesPerSecond.toPrecision(3)} samples/s`
  const repeated: [string, string][] =
    repeats > 1
      ? [["batch", `${batch} clips x ${repeats} repeats = ${batch * repeats} samples`]]
      : []
  return [
    ...repeated,
    ["parameters", `${(found.params / 1e6).toPrecision(4)} million`],
    ["tokens", `${tokens}${seen}`],
    ["FLOPs", `${giga(flops.forwardPerSample)} per forward pass, ${giga(flops.step)} per step`],
    [
      "memory",
      `${mib(memory.total)}: ${mib(memory.state)} weights and optimizer, ` +
        `${mib(memory.step)} step, ${mib(memory.program)} program`,
    ],
    ["step", `${duration(found.secondsPerStep)} (${rate}, ${Math.round(found.gflops)} GFLOP/s)`],
    ...(found.seconds
      ? ([["run", `${duration(found.seconds)} for ${found.steps} steps`]] as [string, string][])
      : []),
  ]
}
