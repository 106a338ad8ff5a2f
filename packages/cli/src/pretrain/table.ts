import { tokenCounts } from "@tubelet/train"
import type { Plan } from "./plan.js"

const decayOf = ({ weightDecay, weightDecayEnd: end }: Plan["recipe"]): string =>
  end === undefined ? `${weightDecay}` : `${weightDecay}, moving to ${end}`

/** The resolved recipe, line by line. */
export function recipeTable({ config, model, masks, recipe, data, ...plan }: Plan): string[] {
  const { encoder, decoder, system } = config
  const counts = tokenCounts(model, masks)
  const { frames, height, width } = model.grid
  const tower = (t: typeof encoder) => `${t.dim} wide, ${t.depth} deep, ${t.heads} heads`
  const number = (n: number) => Number(n.toPrecision(6)).toString()
  const onData = (n: number) => (Number.isNaN(n) ? "depends on --data" : number(n))
  const { masking, ratio } = masks.encoder
  const rows: (readonly [string, string])[] = [
    ["system", system],
    ["encoder", tower(encoder)],
    ["decoder", tower(decoder)],
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
    ["learning rate", `${number(recipe.learningRate)}, down to ${number(recipe.minLearningRate)}`],
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
  views,
  samplesPerStep,
  viewsPerStep,
}: Plan["recipe"]): string {
  const samples = `${batch} x ${accumulate} = ${samplesPerStep} samples a step`
  return views === 1 ? samples : `${samples}, ${views} views of each: ${viewsPerStep} clips`
}
