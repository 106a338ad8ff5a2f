import { compile, gradients } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import { expect, test } from "vitest"
import { pretrainModel, targetNamed } from "../src/index.js"
import { counts, tinyBatch, tinyConfig } from "./tiny.js"

const config = tinyConfig("videomaev2")
const model = pretrainModel(config, { target: targetNamed("pixels") })
const params = model.initialise(3)
const batch = tinyBatch(config)

const compiled = compile(
  referenceBackend(),
  ({ params, batch }) => {
    const loss = model.loss(params, batch)
    const { grads } = gradients(loss, params)
    return { loss, grad: grads["encoder.patch_embed.proj.weight"] }
  },
  { specs: { params: model.specs, batch: model.batchSpecs(2, counts) } },
)

async function lossOf(changes: Partial<typeof batch>) {
  const { loss, grad } = (await compiled).run({ params, batch: { ...batch, ...changes } })
  return { loss: await loss.item(), grad: await grad.data() }
}

/** The clips with the pixels of the first clip's target `i` inverted. */
function invert(i: number) {
  const clips = batch.clips.slice()
  const token = batch.targets[i]
  const { imageSize: side, patchSize: p, tubelet } = config
  const across = side / p
  const [t, y, x] = [
    Math.floor(token / across ** 2) * tubelet,
    (Math.floor(token / across) % across) * p,
    (token % across) * p,
  ]
  for (let f = t; f < t + tubelet; f++) {
    for (let row = y; row < y + p; row++) {
      const start = ((f * side + row) * side + x) * 3
      for (let k = start; k < start + 3 * p; k++) clips[k] = 255 - clips[k]
    }
  }
  return clips
}

const weight = batch.weight.map((_, i) => (i === 2 ? 0 : 1))

test("a target of weight zero affects neither the loss nor a gradient", async () => {
  const before = await lossOf({ weight })
  const after = await lossOf({ weight, clips: invert(2) })
  expect(after).toEqual(before)
})

test("another target does", async () => {
  const before = await lossOf({ weight })
  const after = await lossOf({ weight, clips: invert(3) })
  expect(Math.abs(after.loss - before.loss)).toBeGreaterThan(1e-4)
})

test("the loss is the weighted mean, whatever the scale of the weights", async () => {
  const once = await lossOf({ weight })
  const twice = await lossOf({ weight: weight.map((w) => 2 * w) })
  expect(twice.loss).toBeCloseTo(once.loss, 6)
  const alone = batch.weight.map((_, i) => (i === 2 ? 1 : 0))
  const all = await lossOf({})
  const count = batch.weight.length
  const parts = ((count - 1) * once.loss + (await lossOf({ weight: alone })).loss) / count
  expect(all.loss).toBeCloseTo(parts, 6)
})
