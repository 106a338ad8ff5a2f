import { compile, gradients, spec, upload } from "@tubelet/core"
import { adamW, zeros } from "@tubelet/train"
import { noise } from "../peers/node/values.mjs"
import { loss, parameters } from "./transformer.mjs"

/**
 * The whole training step of the small transformer on one fixed batch: a function that runs it
 * and waits for the loss. Every parameter is decayed, as the peers do.
 */
export async function compileSmallStep(backend, config, { profile = false } = {}) {
  const { specs: params, values } = parameters(config)
  const clip = spec("f32", [config.batch, config.tokens, config.pixels])
  const optimizer = adamW({ decays: () => true })
  const specs = {
    params,
    state: optimizer.specs(params),
    batch: { x: clip, y: clip },
    learningRate: spec("f32"),
  }
  const step = await compile(
    backend,
    ({ params, state, batch, learningRate }) => {
      const value = loss(config, params, batch)
      const { grads } = gradients(value, params)
      return { loss: value, ...optimizer.update({ params, grads, state, learningRate }) }
    },
    { specs, donate: ["params", "state"], profile, name: "small transformer" },
  )
  const state = {
    params: upload(backend, params, values),
    state: zeros(backend, specs.state),
    batch: upload(backend, specs.batch, batchOf(clip)),
  }
  return {
    run: () => step.run({ ...state, learningRate: 1e-3 }).loss.item(),
    profile: () => step.profile(),
    costs: () => step.costs(),
    dispose: () => step.dispose(),
    parameterCount: Object.values(values).reduce((n, v) => n + v.length, 0),
  }
}

function batchOf({ shape }) {
  const length = shape.reduce((n, d) => n * d, 1)
  return { x: noise("x", length), y: noise("y", length) }
}
