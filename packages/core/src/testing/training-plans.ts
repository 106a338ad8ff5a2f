import type { Backend } from "../backend.js"
import { compile } from "../compile.js"
import { type Spec, spec } from "../dtype.js"
import { gradients } from "../gradients.js"
import { adamWStep } from "../ops/adamw.js"
import { attention } from "../ops/attention.js"
import { add, div, gelu, minimum, mul, sqrt, square, sub } from "../ops/elementwise.js"
import { gatherTokens } from "../ops/index-rows.js"
import { linear } from "../ops/matmul.js"
import { layerNorm } from "../ops/normalise.js"
import { mean } from "../ops/reduce.js"
import { cast, permute, reshape, split } from "../ops/shape.js"
import { constant } from "../ops/source.js"
import { broadcast, sum } from "../ops/sum.js"
import { recompute } from "../recompute.js"
import type { Tensor } from "../tensor.js"
import { draw, type Plan, type See, seeAll, uploadDrawn } from "./plan.js"

type Weights<T> = Record<string, T>

const specs = { w1: spec("f32", [5, 3]), b1: spec("f32", [5]), w2: spec("f32", [2, 5]) }
const batchSpecs = { x: spec("f32", [4, 3]), y: spec("f32", [4, 2]) }
const steps = [0, 1, 2, 3]

const batchAt = (step: number) => ({
  x: draw(`x ${step}`, batchSpecs.x),
  y: draw(`y ${step}`, batchSpecs.y),
})

const lossOf = (p: Weights<Tensor>, { x, y }: { x: Tensor; y: Tensor }): Tensor =>
  mean(square(sub(linear(gelu(linear(x, p.w1, p.b1)), p.w2), y)))

const each = <A, B>(record: Weights<A>, f: (value: A, name: string) => B): Weights<B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value, name)]))

const descend = (params: Weights<Tensor>, grads: Weights<Tensor>, rate: Tensor): Weights<Tensor> =>
  each(params, (p, name) => sub(p, mul(grads[name], rate)))

const sgd: Plan = {
  name: "plan: gradient descent",
  async observe(backend, see) {
    const step = await compile(
      backend,
      ({ params, batch, rate }) => {
        const loss = lossOf(params, batch)
        const { grads } = gradients(loss, params)
        return { loss, params: descend(params, grads, rate) }
      },
      {
        specs: { params: specs as Weights<Spec>, batch: batchSpecs, rate: spec("f32") },
        donate: ["params"],
      },
    )
    const params = uploadDrawn(backend, specs)
    for (const i of steps) {
      const { loss } = step.run({ params, batch: batchAt(i), rate: 0.3 / (i + 1) })
      await see(`loss ${i}`, loss)
    }
    await seeAll(see, "weights", params)
  },
}

const clipped: Plan = {
  name: "plan: clipping by the global norm, momentum",
  async observe(backend, see) {
    const step = await compile(
      backend,
      ({ params, velocity, batch }) => {
        const { grads } = gradients(mul(lossOf(params, batch), 9), params)
        const squares = Object.values(grads).map((g) => sum(square(g)))
        const norm = sqrt(squares.reduce((a, b) => add(a, b)))
        const factor = minimum(div(1, add(norm, 1e-6)), 1)
        const next = each(grads, (g, name) => add(mul(velocity[name], 0.9), mul(g, factor)))
        return { norm, velocity: next, params: descend(params, next, constant(0.1)) }
      },
      {
        specs: {
          params: specs as Weights<Spec>,
          velocity: specs as Weights<Spec>,
          batch: batchSpecs,
        },
        donate: ["params", "velocity"],
      },
    )
    const params = uploadDrawn(backend, specs)
    const velocity = uploadDrawn(backend, specs, 0, 0)
    for (const i of steps) {
      const { norm } = step.run({ params, velocity, batch: batchAt(i) })
      await see(`norm ${i}`, norm)
    }
    await seeAll(see, "weights", params)
    await seeAll(see, "velocity", velocity)
  },
}

const adamW: Plan = {
  name: "plan: AdamW with a schedule and a moving average of the weights",
  async observe(backend, see) {
    const scalars = { learningRate: spec("f32"), weightDecay: spec("f32") }
    const tree = specs as Weights<Spec>
    const state = { params: tree, first: tree, second: tree, average: tree }
    const corrections = { correction1: spec("f32"), correction2: spec("f32") }
    const step = await compile(
      backend,
      ({ batch, learningRate, weightDecay, corrections, ...state }) => {
        const loss = lossOf(state.params, batch)
        const { grads } = gradients(loss, state.params)
        const correction1 = add(mul(corrections.correction1, 0.9), 1 - 0.9)
        const correction2 = add(mul(corrections.correction2, 0.95), 1 - 0.95)
        const rates = { learningRate, weightDecay, correction1, correction2 }
        const next = each(state.params, (param, name) => {
          const moments = { first: state.first[name], second: state.second[name] }
          const attrs = { beta1: 0.9, beta2: 0.95, eps: 1e-8 }
          return adamWStep({ param, grad: grads[name], ...moments, ...rates }, attrs)
        })
        return {
          loss,
          params: each(next, (n) => n.param),
          first: each(next, (n) => n.first),
          second: each(next, (n) => n.second),
          average: each(next, (n, name) => add(mul(state.average[name], 0.9), mul(n.param, 0.1))),
          corrections: { correction1, correction2 },
        }
      },
      {
        specs: { ...state, batch: batchSpecs, corrections, ...scalars },
        donate: ["params", "first", "second", "average", "corrections"],
      },
    )
    const zeros = () => uploadDrawn(backend, specs, 0, 0)
    const held = {
      params: uploadDrawn(backend, specs),
      first: zeros(),
      second: zeros(),
      average: zeros(),
      corrections: uploadDrawn(backend, corrections, 0, 0),
    }
    for (const i of steps) {
      const rates = { learningRate: 0.01 * (i + 1), weightDecay: 0.05 * i }
      const { loss } = step.run({ ...held, ...rates, batch: batchAt(i) })
      await see(`loss ${i}`, loss)
    }
    await seeAll(see, "state", held)
  },
}

const accumulation: Plan = {
  name: "plan: accumulation by two functions that share handles",
  async observe(backend, see) {
    const tree = specs as Weights<Spec>
    const accumulate = await compile(
      backend,
      ({ params, total, count, batch }) => {
        const { grads } = gradients(lossOf(params, batch), params)
        return { total: each(total, (t, name) => add(t, grads[name])), count: add(count, 1) }
      },
      {
        specs: { params: tree, total: tree, count: spec("f32"), batch: batchSpecs },
        donate: ["total", "count"],
      },
    )
    const update = await compile(
      backend,
      ({ params, total, count }) => ({
        params: each(params, (p, name) => sub(p, mul(div(total[name], count), 0.5))),
        total: each(total, (t) => broadcast(constant(0), t.shape)),
        count: mul(count, 0),
      }),
      {
        specs: { params: tree, total: tree, count: spec("f32") },
        donate: ["params", "total", "count"],
      },
    )
    const params = uploadDrawn(backend, specs)
    const total = uploadDrawn(backend, specs, 0, 0)
    const { count } = uploadDrawn(backend, { count: spec("f32") }, 0, 0)
    for (const i of steps) {
      accumulate.run({ params, total, count, batch: batchAt(2 * i) })
      accumulate.run({ params, total, count, batch: batchAt(2 * i + 1) })
      await see(`count ${i}`, count)
      update.run({ params, total, count })
    }
    await seeAll(see, "weights", params)
    await seeAll(see, "cleared", total)
  },
}

const blockSpecs = {
  embed: spec("f32", [6, 12]),
  gain: spec("f32", [6]),
  shift: spec("f32", [6]),
  qkv: spec("f32", [18, 6]),
  out: spec("f32", [6, 6]),
  head: spec("f32", [12, 6]),
}

function blockLoss(p: Weights<Tensor>, clip: Tensor, visible: Tensor, again: boolean): Tensor {
  const pixels = div(cast(clip, "f32"), 255)
  const tokens = reshape(permute(reshape(pixels, [2, 4, 2, 3, 2]), [0, 1, 3, 2, 4]), [2, 4, 12])
  const x = linear(gatherTokens(tokens, visible), p.embed)
  const body = () => {
    const parts = split(linear(layerNorm(x, p.gain, p.shift), p.qkv), 3)
    const [q, k, v] = parts.map((t) => permute(reshape(t, [2, 3, 2, 3]), [0, 2, 1, 3])) as [
      Tensor,
      Tensor,
      Tensor,
    ]
    const mixed = reshape(permute(attention(q, k, v), [0, 2, 1, 3]), [2, 3, 6])
    return add(x, linear(mixed, p.out))
  }
  const y = again ? recompute(body) : body()
  return mean(square(sub(linear(y, p.head), gatherTokens(tokens, visible))))
}

async function trainBlock(backend: Backend, see: See, again: boolean) {
  const batch = { clip: spec("u8", [2, 4, 2, 3, 2]), visible: spec("i32", [2, 3]) }
  const step = await compile(
    backend,
    ({ params, clip, visible }) => {
      const loss = blockLoss(params, clip, visible, again)
      const { grads } = gradients(loss, params)
      return { loss, grads, params: descend(params, grads, constant(0.02)) }
    },
    { specs: { params: blockSpecs as Weights<Spec>, ...batch }, donate: ["params"] },
  )
  const params = uploadDrawn(backend, blockSpecs)
  for (const i of steps) {
    const clip = draw(`clip ${i}`, batch.clip)
    const { loss, grads } = step.run({ params, clip, visible: Int32Array.of(3, 0, 2, 1, 2, 3) })
    await see(`loss ${i}`, loss)
    if (i === 0) await seeAll(see, "gradient", grads)
  }
  await seeAll(see, "weights", params)
}

/** Realistic training steps. */
export const trainingPlans: readonly Plan[] = [
  sgd,
  clipped,
  adamW,
  accumulation,
  {
    name: "plan: a transformer block on visible tokens of u8 clips",
    observe: (backend, see) => trainBlock(backend, see, false),
  },
  {
    name: "plan: the same, with its block recomputed in the backward pass",
    observe: (backend, see) => trainBlock(backend, see, true),
  },
]
