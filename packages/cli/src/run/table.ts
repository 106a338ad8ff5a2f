import { type Fields, type FileClips, type Resolved, showField, showNumber } from "@tubelet/train"
import { counted } from "../shell/counted.js"

/** A line of a table of settings. */
export type Line = readonly [label: string, value: string]

export const aligned = (lines: readonly Line[]): string[] =>
  lines.map(([label, value]) => `${label.padEnd(16)}${value}`)

/** `3 clips`, or `3 clips (1 missing)` */
export function clipsIn({ length, missing }: Pick<FileClips, "length" | "missing">): string {
  const there = counted(length - missing, "clip")
  return missing === 0 ? there : `${there} (${missing.toLocaleString("en")} missing)`
}

/** The learning rate, and the rule that gave it. */
function rateOf({ learningRate, baseLearningRate: base, effectiveBatchSize }: Resolved): string {
  const rate = showNumber(learningRate)
  return base === undefined ? rate : `${rate} = ${showNumber(base)} x ${effectiveBatchSize} / 256`
}

/** At this batch size or above, the authors' rule gives rates close to theirs. */
const smallBatch = 32

/** A line on a learning rate that the rule made small. */
export function smallRate(recipe: Resolved): string | undefined {
  const { baseLearningRate, effectiveBatchSize } = recipe
  if (baseLearningRate === undefined || effectiveBatchSize >= smallBatch) return undefined
  return (
    `learning rate ${rateOf(recipe)}: this is low because the batch is small. ` +
    "With few clips, training will be slow; try --lr 1e-3"
  )
}

/** A recipe with the size of its steps. */
interface Sized extends Resolved {
  readonly batch: number
  readonly accumulate: number
  readonly repeats: number
}

/** Lines that show more than their row, or nothing if another line shows it. */
const special: Readonly<Record<string, (recipe: Sized) => readonly Line[]>> = {
  accumulate: ({ batch, accumulate, repeats, effectiveBatchSize, clipsPerStep }) => [
    ["accumulate", `${accumulate}`],
    [
      "a step",
      `${batch} x ${accumulate} = ${effectiveBatchSize} clips` +
        (repeats === 1 ? "" : ` x ${repeats} repeats = ${clipsPerStep} samples`),
    ],
  ],
  learningRate: (recipe) => [["learning rate", rateOf(recipe)]],
  baseLearningRate: () => [],
}

/** The hyperparameters, line by line; without data, some are not known. */
export function hyperparameterLines(fields: Fields, recipe: Sized): Line[] {
  const values: Readonly<Record<string, unknown>> = { ...recipe }
  return Object.entries(fields).flatMap(([name, row]) => {
    if (Object.hasOwn(special, name)) return special[name](recipe)
    const [label, value] = showField(name, row, values[name])
    return [[label, Number.isNaN(values[name]) ? "depends on the data" : value]]
  })
}
