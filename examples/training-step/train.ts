import { type Backend, compile, gradients, spec, upload } from "@tubelet/core"
import { clipOf, drawMask, hiddenTokens, keptCount, tokensOf, tube } from "@tubelet/masking"
import { type PretrainConfig, pretrainModel } from "@tubelet/models"
import { adamW, zeros } from "@tubelet/train"

/** Trains a VideoMAE on one clip [T, H, W, 3] and returns the losses. */
export async function train(
  backend: Backend,
  config: PretrainConfig,
  clip: Uint8Array,
  steps: number,
): Promise<number[]> {
  const model = pretrainModel(config)
  const visible = keptCount(tube, { grid: model.grid, ratio: 0.9 })
  const counts = { visible, targets: tokensOf(model.grid) - visible }
  const optimizer = adamW()
  const specs = {
    params: model.specs,
    state: optimizer.specs(model.specs),
    batch: model.batchSpecs(1, counts),
    learningRate: spec("f32"),
  }

  // The whole training step: traced once, compiled once, replayed for every batch.
  const step = await compile(
    backend,
    ({ params, state, batch, learningRate }) => {
      const loss = model.loss(params, batch)
      const { grads } = gradients(loss, params)
      return { loss, ...optimizer.update({ params, grads, state, learningRate }) }
    },
    { specs, donate: ["params", "state"] },
  )

  const params = upload(backend, specs.params, model.initialise(0))
  const state = zeros(backend, specs.state)
  const losses: number[] = []
  for (let i = 0; i < steps; i++) {
    const kept = drawMask(tube, {
      grid: model.grid,
      keep: visible,
      ...{ seed: 0, epoch: i, index: 0, clip: clipOf(clip, shapeOf(config)) },
    })
    const batch = {
      clips: clip,
      visible: kept,
      targets: hiddenTokens(kept, tokensOf(model.grid)),
      weight: new Float32Array(counts.targets).fill(1),
    }
    const { loss } = step.run({ params, state, batch, learningRate: 1e-3 })
    losses.push(await loss.item())
  }
  await step.dispose()
  return losses
}

const shapeOf = ({ frames, imageSize }: PretrainConfig) => ({
  frames,
  height: imageSize,
  width: imageSize,
})
