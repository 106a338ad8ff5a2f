import {
  type Backend,
  compile,
  gatherTokens,
  gelu,
  gradients,
  linear,
  mean,
  reshape,
  spec,
  square,
  squaredError,
  sub,
  type Tensor,
  upload,
} from "@tubelet/core"
import { random } from "@tubelet/core/random"
import { hiddenTokens, keepSmallest, tokensOf } from "@tubelet/masking"
import { normalisedPixels, type PretrainConfig, pretrainModel } from "@tubelet/models"
import { adamW, zeros } from "@tubelet/train"
import { type Declarations, linearParameters, patchify, patchPixels, under } from "@tubelet/vit"

type Parameters = Readonly<Record<string, Tensor>>

/** Predicts each token's reconstruction error from its pixels: [B, T, H, W, 3] to [B, N]. */
function score(params: Parameters, clips: Tensor, config: PretrainConfig): Tensor {
  const tokens = normalisedPixels(patchify(clips, config))
  const hidden = gelu(linear(tokens, params["in.weight"], params["in.bias"]))
  const scores = linear(hidden, params["out.weight"], params["out.bias"])
  return reshape(scores, scores.shape.slice(0, 2))
}

/**
 * Trains an autoencoder on a clip while a small network chooses the mask. The network learns where
 * the reconstruction fails, and masks those tokens more often. The scoring function and the
 * training function are compiled separately and share the network's handles.
 */
export async function train(
  backend: Backend,
  { config, clip, steps }: { config: PretrainConfig; clip: Uint8Array; steps: number },
) {
  const model = pretrainModel(config)
  const tokens = tokensOf(model.grid)
  const visible = Math.round(tokens / 4)
  const counts = { visible, targets: tokens - visible }
  const scorer: Declarations = {
    ...under("in", linearParameters(patchPixels(config), 16)),
    ...under("out", linearParameters(16, 1)),
  }
  const params = {
    model: model.specs,
    scorer: Object.fromEntries(
      Object.entries(scorer).map(([name, { shape }]) => [name, spec("f32", shape)]),
    ),
  }
  const batchSpecs = model.batchSpecs(1, counts)
  const optimizer = adamW()
  const states = {
    model: optimizer.specs(params.model),
    scorer: optimizer.specs(params.scorer),
  }

  const choose = await compile(
    backend,
    ({ scorer, clips }) => ({ scores: score(scorer, clips, config) }),
    { specs: { scorer: params.scorer, clips: batchSpecs.clips } },
  )
  const step = await compile(
    backend,
    ({ params, states, batch, learningRate }) => {
      const errors = squaredError(model.predict(params.model, batch), model.targetOf(batch))
      const loss = mean(errors)
      const guesses = gatherTokens(score(params.scorer, batch.clips, config), batch.targets)
      const scorerLoss = mean(square(sub(guesses, errors)))
      const update = (name: "model" | "scorer", from: Tensor) => {
        const { grads } = gradients(from, params[name])
        const state = states[name]
        return optimizer.update({ params: params[name], grads, state, learningRate })
      }
      const [network, chooser] = [update("model", loss), update("scorer", scorerLoss)]
      return {
        ...{ loss, scorerLoss },
        params: { model: network.params, scorer: chooser.params },
        states: { model: network.state, scorer: chooser.state },
      }
    },
    {
      specs: { params, states, batch: batchSpecs, learningRate: spec("f32") },
      donate: ["params", "states"],
    },
  )

  const state = {
    params: {
      model: upload(backend, params.model, model.initialise(0)),
      scorer: upload(backend, params.scorer, initialise(scorer)),
    },
    states: zeros(backend, states),
  }
  const history: { loss: number; scorerLoss: number }[] = []
  for (let i = 0; i < steps; i++) {
    const { scores } = choose.run({ scorer: state.params.scorer, clips: clip })
    const kept = keepEasiest(await scores.data(), visible, i)
    const batch = {
      clips: clip,
      visible: kept,
      targets: hiddenTokens(kept, tokens),
      weight: new Float32Array(counts.targets).fill(1),
    }
    const { loss, scorerLoss } = step.run({ ...state, batch, learningRate: 1e-3 })
    history.push({ loss: await loss.item(), scorerLoss: await scorerLoss.item() })
  }
  return history
}

/** Samples tokens without replacement, easy ones more often (Gumbel top-k), in ascending order. */
function keepEasiest(scores: ArrayLike<number>, count: number, step: number): Int32Array {
  const noise = random(step, "gumbel")
  const keys = Float32Array.from(scores, (s) => s + Math.log(-Math.log(1 - noise.uniform())))
  return keepSmallest(keys, count).sort()
}

const initialise = (declarations: Declarations) =>
  Object.fromEntries(
    Object.entries(declarations).map(([name, { shape, init }]) => [
      name,
      init(shape, random(0, "scorer", name)),
    ]),
  )
