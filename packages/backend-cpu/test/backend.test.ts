import {
  add,
  compile,
  type DeviceArray,
  exp,
  gatherRows,
  gelu,
  gradients,
  linear,
  mean,
  mul,
  spec,
  square,
  sub,
  type Tensor,
} from "@tubelet/core"
import { describe, expect, test } from "vitest"
import { CpuBackend } from "../src/backend.js"
import type { Engine } from "../src/engine/engine.js"
import { nodeEngine } from "../src/engine/node.js"
import { cpuBackend } from "../src/index.js"

const backend = await cpuBackend({ threads: 2 })
const vector = spec("f32", [4])

/** Gradient descent on two layers, with donated weights. */
const training = (on = backend) =>
  compile(
    on,
    ({ params, x }) => {
      const loss = mean(square(linear(gelu(linear(x, params.w1)), params.w2)))
      const { grads } = gradients(loss, params)
      const step = (name: "w1" | "w2") => sub(params[name], mul(grads[name], 0.1))
      return { loss, params: { w1: step("w1"), w2: step("w2") } }
    },
    {
      specs: {
        params: { w1: spec("f32", [8, 4]), w2: spec("f32", [2, 8]) },
        x: spec("f32", [3, 4]),
      },
      donate: ["params"],
    },
  )

const weights = (on = backend) => ({
  w1: on.upload(new Float32Array(32).fill(0.1), spec("f32", [8, 4])),
  w2: on.upload(new Float32Array(16).fill(0.2), spec("f32", [2, 8])),
})
const x = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i))

describe("errors", () => {
  test("an unsupported dtype is rejected with the op and the line", async () => {
    const specs = { x: spec("f16", [2]) }
    await expect(compile(backend, ({ x }) => ({ y: exp(x) }), { specs })).rejects.toThrow(
      /not support exp in f16\nused at .*backend\.test\.ts/,
    )
  })

  test("a failed run reports the op and line when a result is read", async () => {
    const specs = { table: spec("f32", [3, 2]), at: spec("i32", [1]) }
    const pick = await compile(backend, ({ table, at }) => ({ y: gatherRows(table, at) }), {
      specs,
      name: "picking",
    })
    const table = new Float32Array(6)
    const { y } = pick.run({ table, at: backend.upload(Int32Array.of(7), specs.at) })
    await expect(y.data()).rejects.toThrow(/^picking: .*gatherRows, used at .*backend\.test\.ts/s)
    await backend.synchronize()
    expect([...(await pick.run({ table, at: Int32Array.of(2) }).y.data())]).toEqual([0, 0])
  })

  test("an error nobody has read surfaces in synchronize, once", async () => {
    const specs = { table: spec("f32", [3, 2]), at: spec("i32", [1]) }
    const pick = await compile(backend, ({ table, at }) => ({ y: gatherRows(table, at) }), {
      specs,
    })
    const at = backend.upload(Int32Array.of(7), specs.at)
    pick.run({ table: new Float32Array(6), at })
    await expect(backend.synchronize()).rejects.toThrow("gatherRows")
    await backend.synchronize()
  })

  test("uploads of a wrong length and disposed handles are rejected", async () => {
    expect(() => backend.upload(new Float32Array(3), vector)).toThrow("got 3 elements for f32[4]")
    const a = backend.upload(new Float32Array(4), vector)
    const f = await compile(backend, ({ a }) => ({ y: add(a, 1) }), { specs: { a: vector } })
    a.dispose()
    expect(() => f.run({ a })).toThrow("was disposed")
    await expect(a.data()).rejects.toThrow("was disposed")
  })
})

test("the event loop turns before every part of a step", async () => {
  const parts = new CpuBackend(await nodeEngine({ threads: 1 }), { partBytes: 1 })
  const x = spec("f32", [64, 64])
  const layers = (x: Tensor): Tensor => linear(linear(linear(x, x), x), x)
  const f = await compile(parts, ({ x }) => ({ y: layers(x) }), { specs: { x } })
  const { y } = f.run({ x: new Float32Array(64 * 64) })
  let turns = 0
  const count = () => {
    turns++
    timer = setImmediate(count)
  }
  let timer = setImmediate(count)
  await y.data()
  clearImmediate(timer)
  expect(turns).toBeGreaterThanOrEqual(3)
})

test("a function with a part that fails to load leaves no session behind", async () => {
  const engine = await nodeEngine({ threads: 1 })
  let [alive, left] = [0, 2]
  const load: Engine["load"] = async (...given) => {
    if (left-- === 0) throw new Error("no memory")
    const session = await engine.load(...given)
    alive++
    const release = async () => {
      alive--
      await session.release()
    }
    return { run: (...values) => session.run(...values), release }
  }
  const parts = new CpuBackend({ ...engine, load }, { partBytes: 1 })
  const x = spec("f32", [64, 64])
  const layers = (x: Tensor): Tensor => linear(linear(linear(x, x), x), x)
  const made = compile(parts, ({ x }) => ({ y: layers(x) }), { specs: { x } })
  await expect(made).rejects.toThrow("no memory")
  expect(left).toBe(-1)
  expect(alive).toBe(0)
})

test("a run whose engine fails invalidates the state that it would have updated", async () => {
  const engine = await nodeEngine({ threads: 1 })
  let failing = false
  const load: Engine["load"] = async (...given) => {
    const session = await engine.load(...given)
    return {
      release: () => session.release(),
      run(...values) {
        if (failing) throw new Error("no memory")
        return session.run(...values)
      },
    }
  }
  const other = new CpuBackend({ ...engine, load })
  const w = spec("f32", [4, 4])
  const step = await compile(
    other,
    ({ w, x }) => {
      const loss = mean(square(linear(x, w)))
      return { loss, w: sub(w, gradients(loss, { w }).grads.w) }
    },
    { specs: { w, x: w }, donate: ["w"] },
  )
  const [state, x] = [other.upload(new Float32Array(16), w), new Float32Array(16)]
  await step.run({ w: state, x }).loss.item()
  failing = true
  await expect(step.run({ w: state, x }).loss.item()).rejects.toThrow("no memory")
  failing = false
  // Neither it nor anything that depends on it can be read, so nobody saves it.
  await expect(step.run({ w: state, x }).loss.item()).rejects.toThrow("no memory")
  await expect(state.data()).rejects.toThrow("no memory")
})

test("a disposed backend rejects work", async () => {
  const other = await cpuBackend({ threads: 2 })
  const f = await compile(other, ({ a }) => ({ a: mul(a, 2) }), {
    specs: { a: vector },
    donate: ["a"],
  })
  const a = other.upload(new Float32Array(4), vector)
  await other.dispose()
  expect(() => f.run({ a })).toThrow("was disposed")
  expect(() => other.upload(new Float32Array(4), vector)).toThrow("was disposed")
})

describe("memory", () => {
  test("bytes in use are the same after 1000 runs, and after everything is disposed", async () => {
    // Not the shared backend: it may collect handles that other tests dropped.
    const other = await cpuBackend({ threads: 2 })
    const inUse = () => other.memory().bytesInUse
    const afterSteps = async (count: number) => {
      const step = await training(other)
      const params = weights(other)
      const before = inUse()
      for (let i = 0; i < count; i++) await step.run({ params, x }).loss.item()
      const after = inUse()
      for (const handle of Object.values(params)) handle.dispose()
      await step.dispose()
      return { before, after, end: inUse() }
    }
    const { end } = await afterSteps(1) // The threads' stacks stay.
    const many = await afterSteps(1000)
    expect(many.after).toBe(many.before)
    expect(many.end).toBe(end)
    await other.dispose()
  })

  test("gradients are written where the update reads them, without copies", async () => {
    const w = spec("f32", [2048, 2048])
    const step = await compile(
      backend,
      ({ w, x }) => ({ w: sub(w, gradients(mean(square(linear(x, w))), { w }).grads.w) }),
      { specs: { w, x: spec("f32", [1, 2048]) }, donate: ["w"] },
    )
    const bytes = 4 * 2048 * 2048
    const given = { w: backend.upload(new Float32Array(bytes / 4), w), x: new Float32Array(2048) }
    step.run(given)
    await backend.synchronize()
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 3; i++) {
      step.run(given)
      await backend.synchronize()
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(bytes / 2)
    }
    given.w.dispose()
    await step.dispose()
  })

  test("uploads during runs do not affect them", async () => {
    const step = await training()
    const [alone, disturbed] = [weights(), weights()]
    for (let i = 0; i < 8; i++) step.run({ params: alone, x })
    await backend.synchronize()
    const others: DeviceArray[] = []
    for (let i = 0; i < 8; i++) {
      step.run({ params: disturbed, x })
      // By then the session has received its views, but has not started.
      for (let tick = 0; tick < 20; tick++) await undefined
      // Large enough that the memory must grow, which detaches its views.
      others.push(backend.upload(new Float32Array(2 ** 20).fill(i), spec("f32", [2 ** 20])))
    }
    expect(await disturbed.w1.data()).toEqual(await alone.w1.data())
    expect(await disturbed.w2.data()).toEqual(await alone.w2.data())
    expect((await others[5].data())[2 ** 20 - 1]).toBe(5)
    for (const other of others) other.dispose()
  })

  test("a handle disposed while work waits for it is freed after that work", async () => {
    const f = await compile(backend, ({ a }) => ({ y: add(a, 1) }), { specs: { a: vector } })
    const a = backend.upload(Float32Array.of(1, 2, 3, 4), vector)
    const { y } = f.run({ a })
    a.dispose()
    backend.upload(new Float32Array(4), vector)
    expect([...(await y.data())]).toEqual([2, 3, 4, 5])
  })
})

test("a profile lists ONNX Runtime's operators and the state updates", async () => {
  const f = await compile(backend, ({ a, w }) => ({ y: linear(a, w), a: mul(a, 2) }), {
    specs: { a: spec("f32", [1, 4]), w: spec("f32", [2, 4]) },
    donate: ["a"],
    profile: true,
  })
  const a = backend.upload(new Float32Array(4), spec("f32", [1, 4]))
  for (let i = 0; i < 3; i++) f.run({ a, w: new Float32Array(8) })
  const rows = await f.profile!()
  const calls = Object.fromEntries(rows.map(({ kernel, calls }) => [kernel, calls]))
  expect(calls).toMatchObject({ Gemm: 3, "state updates": 3 })
  expect(rows.every(({ seconds }) => seconds >= 0)).toBe(true)
})

test.each(["f16", "bf16"] as const)("a number for a scalar of %s is that number", async (dtype) => {
  const same = await compile(backend, ({ x }) => ({ y: x }), { specs: { x: spec(dtype) } })
  expect(await same.run({ x: -1.5 }).y.item()).toBe(-1.5)
})
