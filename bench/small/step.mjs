import { compile, gradients, spec, upload } from "@tubelet/core"
import { adamW, momentSpecs, zeros } from "@tubelet/train"
import { noise } from "../peers/node/values.mjs"
import { loss, parameters } from "./transformer.mjs"

/**
 * The whole training step of the small transformer on one fixed batch: a function that runs it
 * and waits for the loss. Every parameter is decayed, as the peers do.
 */
export async function compileSmallStep(backend, config, { profile = false } = {}) {
  const { specs: params, values } = parameters(config)
  const clip = spec("f32", [config.batch, config.tokens, config.pixels])
  const specs = {
    params,
    moments: momentSpecs(params),
    batch: { x: clip, y: clip },
    learningRate: spec("f32"),
  }
  const step = await compile(
    backend,
    ({ params, moments, batch, learningRate }) => {
      const value = loss(config, params, batch)
      const { grads } = gradients(value, params)
      const decays = () => true
      return { loss: value, ...adamW({ params, grads, moments, learningRate, decays }) }
    },
    { specs, donate: ["params", "moments"], profile, name: "small transformer" },
  )
  const state = {
    params: upload(backend, params, values),
    moments: zeros(backend, specs.moments),
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
