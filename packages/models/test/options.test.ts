import { compile, gradients, mul, sub, type Tensor } from "@tubelet/core"
import { referenceBackend } from "@tubelet/core/testing"
import { describe, expect, test } from "vitest"
import { type PretrainConfig, pretrainModel, type System } from "../src/index.js"
import { counts, tinyBatch, tinyConfig } from "./tiny.js"

const backend = referenceBackend()

const options: Record<string, Partial<PretrainConfig>> = {
  "no option": {},
  "cosine attention": { cosineAttention: true },
  "layer scale": { initValues: 0.1 },
  "learnable positions": { learnablePositions: true },
  "no bias for q, k and v": { qkvBias: false },
}

/** The parameters that an option adds, by suffix. */
const added: Record<string, RegExp> = {
  "cosine attention": /^encoder\.blocks\.0\.attn\.scale$/,
  "layer scale": /^decoder\.blocks\.0\.gamma_2$/,
  "learnable positions": /^encoder\.pos_embed$/,
}

const largest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((most, x) => Math.max(most, Math.abs(x)), 0)

/** A step of gradient descent: the loss before and after it, and each parameter's gradient. */
async function descend(config: PretrainConfig) {
  const model = pretrainModel(config)
  const specs = { params: model.specs, batch: model.batchSpecs(2, counts) }
  const learns = (name: string) => !model.frozen.includes(name)
  const step = await compile(
    backend,
    ({ params, batch }) => {
      const loss = model.loss(params, batch)
      const entries = Object.entries(params)
      const { grads } = gradients(loss, Object.fromEntries(entries.filter(([n]) => learns(n))))
      const moved = ([name, p]: [string, Tensor]) =>
        [name, grads[name] ? sub(p, mul(grads[name], 0.01)) : p] as const
      return { loss, grads, params: Object.fromEntries(entries.map(moved)) }
    },
    { specs },
  )
  const batch = tinyBatch(config)
  const { loss, grads, params } = step.run({ params: model.initialise(7), batch })
  const { loss: after } = step.run({ params, batch })
  const sizes = Object.entries(grads).map(async ([n, g]) => [n, largest(await g.data())] as const)
  return { loss: await loss.item(), after: await after.item(), sizes: await Promise.all(sizes) }
}

describe.each(["mae", "videomae"] as const)("%s", (system: System) => {
  test.each(Object.keys(options))("%s: every parameter learns, the loss falls", async (name) => {
    const config = tinyConfig(system, options[name])
    const { loss, after, sizes } = await descend(config)
    expect(loss).toBeGreaterThan(0)
    expect(after).toBeLessThan(loss)
    for (const [parameter, gradient] of sizes) {
      expect(gradient, parameter).toBeGreaterThan(0)
      expect(gradient, parameter).toBeLessThan(Number.POSITIVE_INFINITY)
    }
  })
})

test.each(Object.entries(added))("%s adds its parameters, and only then", (option, name) => {
  const has = (changes: Partial<PretrainConfig>) =>
    Object.keys(pretrainModel(tinyConfig("videomae", changes)).specs).some((n) => name.test(n))
  expect(has({})).toBe(false)
  expect(has(options[option])).toBe(true)
})

test("MAE's tables are frozen unless learnable", () => {
  const frozen = (learnablePositions: boolean) =>
    pretrainModel(tinyConfig("mae", { learnablePositions })).frozen
  expect(frozen(false)).toEqual(["pos_embed", "decoder_pos_embed"])
  expect(frozen(true)).toEqual([])
})
