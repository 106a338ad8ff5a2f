import { compile, gradients } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import { drawMask, hiddenTokens, keptCount, maskings, tokensOf } from "@tubelet/masking"
import { presetConfig, pretrainModel } from "@tubelet/models"

const stack = { dim: 24, depth: 1, heads: 3, mlpHidden: 96 } // small, for the slow interpreter
const sizes = { imageSize: 64, frames: 4, encoder: stack, decoder: stack }
const model = pretrainModel(presetConfig("videomae-ti", sizes))

const visible = keptCount(maskings.tube, { grid: model.grid, ratio: 0.75 })
const targets = tokensOf(model.grid) - visible
const step = await compile(
  referenceBackend(),
  ({ params, batch }) => {
    const loss = model.loss(params, batch)
    return { loss, ...gradients(loss, params) }
  },
  { specs: { params: model.specs, batch: model.batchSpecs(1, { visible, targets }) } },
)

const sample = { grid: model.grid, keep: visible, seed: 0, epoch: 0, index: 0 }
const seen = drawMask(maskings.tube, sample)
const batch = {
  clips: Uint8Array.from({ length: 4 * 64 * 64 * 3 }, (_, i) => (i * i) % 256), // [1, T, H, W, 3]
  visible: seen,
  targets: hiddenTokens(seen, tokensOf(model.grid)),
  weight: new Float32Array(targets).fill(1),
}
const { loss, grads } = step.run({ params: model.initialise(0), batch })
console.log(await loss.item(), grads["encoder.patch_embed.proj.weight"]!.shape)
