import { sizeOf } from "@tubelet/core"
import { classifierConfig } from "@tubelet/models"
import { compileTrainStep } from "@tubelet/train"
import { type Forecast, flopsOf, forecastFinetune, forecastPretrain } from "../forecast/forecast.js"
import { forecastMemory } from "../forecast/memory.js"
import { tryOut } from "../forecast/trial.js"
import { modelConfig } from "../setup/any-model.js"
import { backendFlags, openBackend } from "../setup/backend.js"
import { maskFlags, maskRules } from "../setup/masks.js"
import { modelFlag } from "../setup/model.js"
import { checkpointKeyFlag, modelChangeFlags } from "../setup/told.js"
import { defineCommand } from "../shell/command.js"
import { duration } from "../shell/duration.js"
import { type FlagValues, whole } from "../shell/flag.js"
import type { Output } from "../shell/output.js"

const defaultBatch = 8

const flags = {
  model: modelFlag,
  batch: whole("samples of one micro-batch (8)"),
  repeats: whole("crops and masks of each clip: a step computes batch x repeats (1)"),
  steps: whole("length of the run, to know how long it takes"),
  classes: whole("plan fine-tuning to N classes instead of pre-training"),
  frames: whole("frames of a clip (the model's)"),
  size: whole("side of a clip in pixels (the model's)"),
  ...modelChangeFlags,
  checkpointKey: checkpointKeyFlag,
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
    const clips = (values.batch ?? defaultBatch) * (values.repeats ?? 1)
    if (classes === undefined) {
      const masks = await maskRules(config.system, values)
      return print(forecastPretrain(config, masks, clips), values, output)
    }
    // Its own size, from which a position table is resized; what is assumed has been said.
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
  // The very step of the run, which is never given any state: it stays, as in the run, while
  // a smaller one is tried, so that what both need of the program is counted.
  const step = await compileTrainStep(backend, plan)
  output.log("timing a model of a quarter of the depth ...")
  const trial = await tryOut(backend, forecast)
  const memory = forecastMemory(plan, step, trial.besideBytes)
  await step.dispose()
  const secondsPerStep = flopsOf(forecast) / trial.flopsPerSecond
  const gflops = trial.flopsPerSecond / 1e9
  await backend.dispose()
  const { steps, batch = defaultBatch, repeats = 1 } = values
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
  const seen = visible ? `, ${visible} seen, ${targets} predicted` : ""
  const unit = repeats > 1 ? "clips" : "samples"
  const rate = `${found.samplesPerSecond.toPrecision(3)} ${unit} a second`
  const repeated: [string, string][] =
    repeats > 1
      ? [["batch", `${batch} samples x ${repeats} repeats = ${batch * repeats} clips`]]
      : []
  return [
    ...repeated,
    ["parameters", `${(found.params / 1e6).toPrecision(4)} million`],
    ["tokens", `${tokens}${seen}`],
    ["operations", `${giga(flops.forwardPerSample)} forward a sample, ${giga(flops.step)} a step`],
    [
      "memory",
      `${mib(memory.total)}: ${mib(memory.state)} weights and optimizer, ` +
        `${mib(memory.step)} for a step, ${mib(memory.program)} for the program`,
    ],
    ["a step", `${duration(found.secondsPerStep)} (${rate}, ${Math.round(found.gflops)} GFLOP/s)`],
    ...(found.seconds
      ? ([["the run", `${duration(found.seconds)} for ${found.steps} steps`]] as [string, string][])
      : []),
  ]
}
