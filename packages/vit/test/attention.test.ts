import { compile, gradients, type HostArray, mean, type Spec, spec, square } from "@tubelet/core"
import { random } from "@tubelet/core/random"
import { referenceBackend } from "@tubelet/core/testing"
import { describe, expect, test } from "vitest"
import { type AttentionConfig, attentionParameters, init, selfAttention } from "../src/index.js"
import { furthest, largest } from "./golden.js"

const backend = referenceBackend()
const [dim, heads] = [12, 3]

type Weights = Record<string, HostArray>

/** Parameters of a layer, none at its initial value. */
const draw = (config: AttentionConfig): Weights =>
  Object.fromEntries(
    Object.entries(attentionParameters(config)).map(([name, { shape }]) => [
      name,
      init.normal(0.5)(shape, random("attention", name)),
    ]),
  )

const x = init.normal(1)([2, 5, dim], random("attention", "x"))

async function attend(config: AttentionConfig, weights: Weights) {
  const shapes: Record<string, Spec> = Object.fromEntries(
    Object.entries(attentionParameters(config)).map(([name, { shape }]) => [
      name,
      spec("f32", shape),
    ]),
  )
  const specs = { p: shapes, x: spec("f32", [2, 5, dim]) }
  const layer = await compile(
    backend,
    ({ p, x }) => {
      const out = selfAttention(p, x, config)
      return { out, ...gradients(mean(square(out)), p) }
    },
    { specs },
  )
  const { out, grads } = layer.run({ p: weights, x })
  const gradOf = async (name: string) => largest(await grads[name].data())
  return { out: await out.data(), gradOf }
}

test("a full bias with zeros for k equals a bias for q and v", async () => {
  const weights = draw({ dim, heads, qkvBias: "qv" })
  const { q_bias: q, v_bias: v, ...rest } = weights
  const joined = Float32Array.from([...q, ...new Float32Array(dim), ...v])
  const apart = await attend({ dim, heads, qkvBias: "qv" }, weights)
  const full = await attend({ dim, heads, qkvBias: "full" }, { ...rest, "qkv.bias": joined })
  expect(furthest(full.out, apart.out)).toBeLessThan(1e-6)
})

test("a bias of k changes nothing: softmax cancels it", async () => {
  const config = { dim, heads, qkvBias: "full" } as const
  const weights = draw(config)
  const moved = weights["qkv.bias"].map((b, i) => (i >= dim && i < 2 * dim ? b + 1 : b))
  const { out } = await attend(config, weights)
  const other = await attend(config, { ...weights, "qkv.bias": moved as HostArray })
  expect(furthest(other.out, out)).toBeLessThan(1e-6)
})

describe("cosine attention", () => {
  const config = { dim, heads, qkvBias: "none", cosine: true } as const
  const weights = draw(config)
  const scale = (value: number) => new Float32Array(heads).fill(value)
  const qkLonger = (factor: number) =>
    weights["qkv.weight"].map((w, i) => (i < 2 * dim * dim ? factor * w : w))

  test("starts at a scale of ten", () => {
    const { scale } = attentionParameters(config)
    expect(scale.shape).toEqual([heads, 1, 1])
    expect(Math.exp(scale.init([heads, 1, 1], random("unused"))[0])).toBeCloseTo(10, 5)
  })

  test("depends on the directions of q and k, not on their lengths", async () => {
    const { out } = await attend(config, weights)
    const longer = { ...weights, "qkv.weight": qkLonger(3) as HostArray }
    expect(furthest((await attend(config, longer)).out, out)).toBeLessThan(1e-6)
    const plain = { ...config, cosine: false }
    const { scale: _, ...rest } = weights
    const before = await attend(plain, rest)
    const after = await attend(plain, { ...rest, "qkv.weight": longer["qkv.weight"] })
    expect(furthest(after.out, before.out)).toBeGreaterThan(0.01)
  })

  test("clamps its scale at a hundred, where the gradient is zero", async () => {
    const below = await attend(config, { ...weights, scale: scale(2) })
    expect(await below.gradOf("scale")).toBeGreaterThan(1e-6)
    const atMost = await attend(config, { ...weights, scale: scale(4.6052) })
    const above = await attend(config, { ...weights, scale: scale(6) })
    expect(await above.gradOf("scale")).toBe(0)
    expect(furthest(above.out, atMost.out)).toBeLessThan(1e-6)
  })
})
