import { tokenCounts } from "@tubelet/train"
import type { Plan } from "./plan.js"

const decayOf = ({ weightDecay, weightDecayEnd: end }: Plan["recipe"]): string =>
  end === undefined ? `${weightDecay}` : `${weightDecay}, moving to ${end}`

/** At most six digits; small ones as 1.5e-4. */
function number(n: number): string {
  const rounded = Number(n.toPrecision(6))
  return rounded > 0 && rounded < 1e-3 ? rounded.toExponential() : rounded.toString()
}

/** The rate at its peak, and the rule that gave it where nobody named it. */
function rateOf(
  { lr }: Plan["values"],
  { learningRate, effectiveBatchSize }: Plan["recipe"],
): string {
  if (lr !== undefined) return number(learningRate)
  const base = number((learningRate * 256) / effectiveBatchSize)
  return `${number(learningRate)} = ${base} x ${effectiveBatchSize} samples a step / 256`
}

/** From here on the authors' rule gives rates of the size that they trained with. */
const fewSamples = 32

/** A line on a learning rate that the rule made small, where it did. */
export function smallRate({ values, recipe }: Plan): string | undefined {
  if (values.lr !== undefined || recipe.effectiveBatchSize >= fewSamples) return undefined
  return (
    `learning rate ${rateOf(values, recipe)}, small because a step is: on few clips it learns ` +
    "slowly; --lr 1e-3 sets it"
  )
}

/** The resolved recipe, line by line. */
export function recipeTable({ config, model, masks, recipe, data, ...plan }: Plan): string[] {
  const { encoder, decoder, system } = config
  const counts = tokenCounts(model, masks)
  const { frames, height, width } = model.grid
  const stack = (t: typeof encoder) => `${t.dim} wide, ${t.depth} deep, ${t.heads} heads`
  const onData = (n: number) => (Number.isNaN(n) ? "depends on --data" : number(n))
  const { masking, ratio } = masks.encoder
  const rows: (readonly [string, string])[] = [
    ["system", system],
    ["encoder", stack(encoder)],
    ["decoder", stack(decoder)],
    ["clip", `${config.frames} frames of ${config.imageSize} pixels, stride ${plan.stride}`],
    ["tokens", `${frames} x ${height} x ${width} = ${frames * height * width}`],
    ["encoder mask", `${masking.name} ${ratio}: ${counts.visible} tokens are seen`],
    [
      "decoder mask",
      masks.decoder
        ? `${masks.decoder.masking.name} ${masks.decoder.ratio}: ${counts.targets} are predicted`
        : `none: all ${counts.targets} hidden tokens are predicted`,
    ],
    ["target", plan.target],
    ["data", data ? `${data.length} clips in ${plan.path}` : "not given"],
    ["batch", batchOf(recipe)],
    ["steps", onData(recipe.steps)],
    ["epochs", onData(recipe.epochs)],
    [
      "warm-up",
      Number.isNaN(recipe.warmupSteps) ? onData(Number.NaN) : `${recipe.warmupSteps} steps`,
    ],
    ["learning rate", `${rateOf(plan.values, recipe)}, down to ${number(recipe.minLearningRate)}`],
    ["AdamW", `betas ${recipe.betas.join(", ")}, weight decay ${decayOf(recipe)}`],
    ["clip gradients", recipe.clipGrad === undefined ? "no" : `norm ${recipe.clipGrad}`],
    ["drop path", model.dropPath === 0 ? "no" : `up to ${model.dropPath}`],
    ["average", recipe.ema === undefined ? "no" : `of the weights, decay ${recipe.ema}`],
    ["checkpoints", `every ${plan.saveEvery} steps, ${plan.keep === 0 ? "all" : plan.keep} kept`],
    ["seed", String(recipe.seed)],
    ["out", plan.out],
  ]
  return rows.map(([name, value]) => `${name.padEnd(16)}${value}`)
}

function batchOf({
  batch,
  accumulate,
  repeats,
  effectiveBatchSize,
  clipsPerStep,
}: Plan["recipe"]): string {
  const samples = `${batch} x ${accumulate} = ${effectiveBatchSize} samples a step`
  return repeats === 1
    ? samples
    : `${samples}, each repeated ${repeats} times: ${clipsPerStep} clips`
}
