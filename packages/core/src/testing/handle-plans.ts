import type { DeviceArray } from "../backend.js"
import { compile } from "../compile.js"
import { spec } from "../dtype.js"
import { TubeletError } from "../errors.js"
import { gradients } from "../gradients.js"
import { add, exp, mul, sub, tanh } from "../ops/elementwise.js"
import { matmul } from "../ops/matmul.js"
import { mean } from "../ops/reduce.js"
import { barrier } from "../ops/shape.js"
import { constant } from "../ops/source.js"
import { sum } from "../ops/sum.js"
import { tap } from "../trace.js"
import { draw, type Plan, seeAll, uploadDrawn } from "./plan.js"

const pair = { a: spec("f32", [2, 3]), b: spec("f32", [2, 3]) }
const one = { a: spec("f32", [2, 3]) }
const steps = [0, 1, 2]

/** Each name says what happens to a handle. */
export const handlePlans: readonly Plan[] = [
  {
    name: "plan: donated entries that swap",
    async observe(backend, see) {
      const swap = await compile(backend, ({ state }) => ({ state: { a: state.b, b: state.a } }), {
        specs: { state: pair },
        donate: ["state"],
      })
      const state = uploadDrawn(backend, pair)
      for (const i of steps) {
        swap.run({ state })
        await seeAll(see, `after ${i}`, state)
      }
    },
  },
  {
    name: "plan: donated entries returned unchanged, or not at all",
    async observe(backend, see) {
      const step = await compile(
        backend,
        ({ state }) => ({ total: sum(add(state.a, state.b)), state: { a: state.a } }),
        { specs: { state: pair }, donate: ["state"] },
      )
      const state = uploadDrawn(backend, pair)
      for (const i of steps) await see(`total ${i}`, step.run({ state }).total)
      await seeAll(see, "state", state)
    },
  },
  {
    name: "plan: a donated value that other outputs read too",
    async observe(backend, see) {
      const step = await compile(
        backend,
        ({ state: { a } }) => {
          const next = add(mul(a, 0.5), 1)
          return { state: { a: next }, before: a, after: next, product: mul(next, exp(a)) }
        },
        { specs: { state: one }, donate: ["state"] },
      )
      const state = uploadDrawn(backend, one)
      for (const i of steps) await seeAll(see, `step ${i}`, step.run({ state }))
      await seeAll(see, "state", state)
    },
  },
  {
    name: "plan: one value under several names, then changed under one",
    async observe(backend, see) {
      const copy = await compile(
        backend,
        ({ state }) => {
          const next = sub(state.a, state.b)
          return { state: { a: next, b: next }, copy: next }
        },
        { specs: { state: pair }, donate: ["state"] },
      )
      const change = await compile(backend, ({ x }) => ({ x: { a: mul(x.a, 3) } }), {
        specs: { x: one },
        donate: ["x"],
      })
      const state = uploadDrawn(backend, pair)
      const { copy: kept } = copy.run({ state })
      change.run({ x: { a: state.a } })
      await seeAll(see, "state", state)
      await see("copy", kept)
    },
  },
  {
    name: "plan: results keep their values during later runs",
    async observe(backend, see) {
      const step = await compile(
        backend,
        ({ state: { a } }) => ({ seen: mul(a, 2), same: a, state: { a: tanh(add(a, 0.1)) } }),
        { specs: { state: one }, donate: ["state"] },
      )
      const state = uploadDrawn(backend, one)
      const results = steps.map(() => step.run({ state }))
      for (const [i, { seen, same }] of results.entries()) {
        await see(`seen ${i}`, seen)
        await see(`same ${i}`, same)
      }
    },
  },
  {
    name: "plan: results of one function as inputs of another",
    async observe(backend, see) {
      const first = await compile(
        backend,
        ({ a }) => ({ product: matmul(a, a, { transposeB: true }) }),
        {
          specs: one,
        },
      )
      const second = await compile(backend, ({ product }) => ({ mean: mean(product) }), {
        specs: { product: spec("f32", [2, 2]) },
      })
      const { a } = uploadDrawn(backend, one)
      for (const i of steps) await see(`mean ${i}`, second.run(first.run({ a })).mean)
      await see("input", a)
    },
  },
  {
    name: "plan: host arrays changed after run has returned",
    async observe(backend, see) {
      const double = await compile(backend, ({ x, n }) => ({ y: mul(x, 2), n: add(n, 1), x }), {
        specs: { x: spec("f32", [5]), n: spec("i32", [5]) },
      })
      const x = draw("x", spec("f32", [5])) as Float32Array
      const n = draw("n", spec("i32", [5])) as Int32Array
      const uploaded = backend.upload(x, spec("f32", [5]))
      const runs = steps.map(() => {
        const results = double.run({ x, n })
        x.fill(-7)
        n.fill(70)
        return results
      })
      for (const [i, results] of runs.entries()) await seeAll(see, `run ${i}`, results)
      await see("uploaded before", uploaded)
    },
  },
  {
    name: "plan: data() returns a copy",
    async observe(backend, see) {
      const { a } = uploadDrawn(backend, one)
      ;(await a.data()).fill(9)
      await see("handle", a)
    },
  },
  {
    name: "plan: scalars as numbers, as arrays and as handles",
    async observe(backend, see) {
      const scale = await compile(backend, ({ a, by }) => ({ y: mul(a, by) }), {
        specs: { ...one, by: spec("f32") },
      })
      const { a } = uploadDrawn(backend, one)
      const handle = backend.upload(Float32Array.of(0.75), spec("f32"))
      for (const by of [0.25, Float32Array.of(0.5), handle]) {
        await see("scaled", scale.run({ a: a, by }).y)
      }
    },
  },
  {
    name: "plan: outputs that are constants or inputs",
    async observe(backend, see) {
      const f = await compile(
        backend,
        ({ a, n }) => ({ a, n, again: a, c: constant([1, 2, 3]), s: constant(true) }),
        { specs: { ...one, n: spec("u8", [3]) } },
      )
      const results = f.run({ a: draw("a", one.a), n: Uint8Array.of(1, 2, 255) })
      await seeAll(see, "output", results)
    },
  },
  {
    name: "plan: taps show intermediates",
    async observe(backend, see) {
      const f = await compile(
        backend,
        ({ a }) => {
          const loss = sum(tap("hidden", tanh(tap("product", mul(a, 3)))))
          return { loss, ...gradients(loss, { a }) }
        },
        { specs: one, taps: true },
      )
      const results = f.run({ a: draw("a", one.a) })
      const { taps } = results as typeof results & { taps: Record<string, DeviceArray> }
      await seeAll(see, "tap", taps)
      if (Object.keys(taps).join() !== "product,hidden") {
        throw new TubeletError(`taps are ${Object.keys(taps)}, expected product, hidden`)
      }
    },
  },
  {
    name: "plan: barriers change no value",
    async observe(backend, see) {
      const f = await compile(
        backend,
        ({ a, b }) => {
          const early = exp(a)
          const late = exp(barrier(a, sum(mul(early, b))))
          return { sum: add(early, late), ...gradients(sum(mul(early, late)), { a, b }).grads }
        },
        { specs: pair },
      )
      const values = { a: draw("a", pair.a), b: draw("b", pair.b) }
      await seeAll(see, "output", f.run(values))
    },
  },
  {
    name: "plan: bytes in use stay the same from step to step",
    async observe(backend, see) {
      const step = await compile(
        backend,
        ({ state: { a } }) => ({ loss: mean(a), state: { a: mul(a, 0.9) } }),
        { specs: { state: one }, donate: ["state"] },
      )
      const state = uploadDrawn(backend, one)
      const bytesAfter = async (runs: number) => {
        for (let i = 0; i < runs; i++) {
          const { loss } = step.run({ state })
          await see("loss", loss)
          loss.dispose()
        }
        await backend.synchronize()
        return backend.memory().bytesInUse + step.memory().bytesInUse
      }
      const [early, late] = [await bytesAfter(3), await bytesAfter(10)]
      if (late > early) {
        throw new TubeletError(
          `10 more steps allocated ${late - early} more bytes`,
          "something leaks",
        )
      }
    },
  },
]
