// The fine-tuning of an arm in PyTorch: the same weights, clips and shifts in the same order; drops
// are PyTorch's own. The model and the loop are in torch/finetune.py.
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { measured } from "../bench/process.mjs"
import { resultOf } from "./context.mjs"
import { finetuningData, initialWeights } from "./learn.mjs"
import { classifierOf } from "./models.mjs"
import { arms, finetuning } from "./protocol.mjs"
import { rgb } from "./sets/colour.mjs"
import { pretrainedWeights, writeFloats } from "./weights.mjs"

const script = join(import.meta.dirname, "torch", "finetune.py")

/** The result of the arm that `arm.of` names, learned in PyTorch. */
export async function finetunedInTorch({ of, finetune: [each] }, context) {
  const { cache, seed, set } = context
  const arm = arms[of]
  const { weights } = await pretrainedWeights(of, context)
  const model = classifierOf(arm, set.classes.length)
  const initial = initialWeights(model, { arm, weights, seed })
  const { clips, data, batch, steps } = finetuningData(arm, each, context)
  const { rate } = resultOf(context, { arm: of, seed }).finetuning[each]
  const folder = join(cache, `torch-${seed}`)
  mkdirSync(folder, { recursive: true })
  const names = Object.keys(model.specs)
  await writeFloats(
    join(folder, "weights.safetensors"),
    Object.fromEntries(names.map((name) => [name, initial(name)])),
  )
  await writeFloats(join(folder, "data.safetensors"), {
    ...arraysOf("train", clips),
    ...arraysOf("test", set.test),
    draws: drawsOf(data, { batch, steps, seed }),
  })
  const { encoder, frames, tubelet, patchSize, imageSize } = model.config
  const settings = {
    ...{ ...encoder, frames, tubelet, patchSize, imageSize, classes: set.classes.length },
    ...{ batch, steps, rate, warmup: Math.round(finetuning.warmup * steps), seed },
    ...{ weightDecay: finetuning.weightDecay, smoothing: finetuning.smoothing },
    dropPath: finetuning.dropPath,
  }
  const python = process.env.TUBELET_TORCH_PYTHON
  const { test, losses, version } = await measured(python, [
    script,
    folder,
    JSON.stringify(settings),
  ])
  return { version, finetuning: { [each]: { rate, test, losses } } }
}

const arraysOf = (part, clips) => ({
  [`${part}.clips`]: new Uint8Array(Buffer.concat(clips.map(({ clip }) => rgb(clip)))),
  [`${part}.labels`]: Int32Array.from(clips, ({ label }) => label),
})

/** Clip, dx and dy of each sample of each step, [steps * batch, 3]. */
function drawsOf({ places, drawOf }, { batch, steps }) {
  const draws = new Int32Array(3 * batch * steps)
  places(batch * steps).forEach((place, i) => {
    const { clip, dx, dy } = drawOf(place)
    draws.set([clip, dx, dy], 3 * i)
  })
  return draws
}
