import { compile } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import { classifierConfig, classifierModel, presetConfig, pretrainModel } from "@tubelet/models"
import { transferWeights } from "@tubelet/models/fit"
import { exportOnnx } from "@tubelet/models/onnx"

const encoder = { dim: 24, depth: 1, heads: 3, mlpHidden: 96 } // small, for the slow interpreter
const config = presetConfig("videomaev2-ti", { imageSize: 64, frames: 4, encoder })
const pretrained = pretrainModel(config)
const found = pretrained.initialise(0) // or a checkpoint's

const larger = { classes: 3, imageSize: 96, frames: 8 } // positions are resized
const model = classifierModel(classifierConfig(config, larger))
const shapes = Object.fromEntries(Object.entries(pretrained.specs).map(([n, s]) => [n, s.shape]))
const { sources, convert, fresh } = transferWeights(model, shapes)
const weights = model.initialise(1)
for (const [name, from] of Object.entries(sources)) weights[name] = convert(name, found[from]!)
console.log(fresh) // fc_norm and head have not been trained yet

const { run } = await compile(
  referenceBackend(),
  ({ params, clips }) => ({ logits: model.logits(params, { clips }) }),
  { specs: { params: model.specs, clips: model.inputSpecs(1).clips } },
)
const clips = new Uint8Array(8 * 96 * 96 * 3) // [1, T, H, W, 3]
console.log(await run({ params: weights, clips }).logits.data())

const { bytes } = exportOnnx(model, weights) // for any runtime, at any batch size
console.log(bytes.length)
