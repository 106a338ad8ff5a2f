import {
  type FileClips,
  pretrainFields,
  type Recipe,
  showField,
  showNumber,
  tokenCounts,
} from "@tubelet/train"
import { counted } from "../shell/counted.js"
import type { Plan } from "./plan.js"

/** `3 clips`, or `3 clips (1 missing)` */
export function clipsIn({ length, missing }: FileClips): string {
  const there = counted(length - missing, "clip")
  return missing === 0 ? there : `${there} (${missing.toLocaleString("en")} missing)`
}

type Line = readonly [label: string, value: string]

/** The learning rate, and the rule that gave it. */
function rateOf({ learningRate, baseLearningRate: base, effectiveBatchSize }: Recipe): string {
  const rate = showNumber(learningRate)
  return base === undefined ? rate : `${rate} = ${showNumber(base)} x ${effectiveBatchSize} / 256`
}

/** From this batch size on, the authors' rule gives rates close to theirs. */
const smallBatch = 32

/** A line on a learning rate that the rule made small. */
export function smallRate({ recipe }: Plan): string | undefined {
  const { baseLearningRate, effectiveBatchSize } = recipe
  if (baseLearningRate === undefined || effectiveBatchSize >= smallBatch) return undefined
  return (
    `learning rate ${rateOf(recipe)}: this is low because the batch is small. ` +
    "With few clips, training will be slow; try --lr 1e-3"
  )
}

/** Lines that show more than their row, or nothing if another line shows it. */
const special: Readonly<Record<string, (recipe: Recipe) => readonly Line[]>> = {
  accumulate: ({ batch, accumulate, repeats, effectiveBatchSize, clipsPerStep }) => [
    ["accumulate", `${accumulate}`],
    [
      "a step",
      `${batch} x ${accumulate} = ${effectiveBatchSize} samples` +
        (repeats === 1 ? "" : `, repeated ${repeats} times: ${clipsPerStep} clips`),
    ],
  ],
  learningRate: (recipe) => [["learning rate", rateOf(recipe)]],
  baseLearningRate: () => [],
}

/** The hyperparameters, line by line; without data, some are not known. */
function hyperparameterLines(recipe: Recipe): Line[] {
  const values: Readonly<Record<string, unknown>> = { ...recipe }
  return Object.entries(pretrainFields).flatMap(([name, row]) => {
    if (Object.hasOwn(special, name)) return special[name](recipe)
    const [label, value] = showField(name, row, values[name])
    return [[label, Number.isNaN(values[name]) ? "depends on the data" : value]]
  })
}

/** The resolved settings, line by line. */
export function settingsTable({ config, model, masks, recipe, data, ...plan }: Plan): string[] {
  const { encoder, decoder, system } = config
  const counts = tokenCounts(model, masks)
  const { frames, height, width } = model.grid
  const stack = (t: typeof encoder) => `${t.dim} wide, ${t.depth} deep, ${t.heads} heads`
  const { masking, ratio } = masks.encoder
  const lines: Line[] = [
    ["system", system],
    ["encoder", stack(encoder)],
    ["decoder", stack(decoder)],
    ["clip", `${config.frames} frames of ${config.imageSize} pixels, stride ${plan.stride}`],
    ["tokens", `${frames} x ${height} x ${width} = ${frames * height * width}`],
    ["encoder mask", `${masking.name} ${ratio}: ${counts.visible} tokens are visible`],
    [
      "decoder mask",
      masks.decoder
        ? `${masks.decoder.masking.name} ${masks.decoder.ratio}: ${counts.targets} are predicted`
        : `none: all ${counts.targets} hidden tokens are predicted`,
    ],
    ["target", plan.target],
    ["data", data ? `${clipsIn(data)} in ${plan.path}` : "not set"],
    ...hyperparameterLines(recipe),
    ["checkpoints", `every ${plan.saveEvery} steps, ${plan.keep === 0 ? "all" : plan.keep} kept`],
    ["out", plan.out],
  ]
  return lines.map(([label, value]) => `${label.padEnd(16)}${value}`)
}
