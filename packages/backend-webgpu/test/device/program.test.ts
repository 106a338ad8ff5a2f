import { add, compile, concat, DeviceLostError, mul, spec, sum, TubeletError } from "@tubelet/core"
import { afterAll, describe, expect, test } from "vitest"
import type { WebGpuBackend } from "../../src/backend.js"
import { webgpuBackend } from "../../src/index.js"

const vector = spec("f32", [4])
const backend = (await webgpuBackend()) as WebGpuBackend
afterAll(() => backend.dispose())

const twice = await compile(backend, ({ x }) => ({ y: add(x, x) }), { specs: { x: vector } })

describe("the values of a run", () => {
  test.each([
    ["f32", 0.5],
    ["f16", 0.5],
    ["bf16", -1.5],
    ["i32", -3],
  ] as const)("a number works for a scalar of %s", async (dtype, x) => {
    const specs = { x: spec(dtype) }
    const f = await compile(backend, ({ x }) => ({ y: add(x, x) }), { specs })
    const { y } = f.run({ x })
    expect(await y.item()).toBe(2 * x)
    y.dispose()
    await f.dispose()
  })

  test("a run that throws leaves no buffer behind", async () => {
    const specs = { a: vector, b: vector, c: vector }
    const f = await compile(backend, ({ a, b, c }) => ({ y: add(add(a, b), c) }), { specs })
    const [a, gone] = [0, 1].map(() => backend.upload(new Float32Array(4), vector))
    gone.dispose()
    f.run({ a: a, b: a, c: a }).y.dispose()
    const { count } = backend.buffers
    expect(() => f.run({ a: a, b: a, c: gone })).toThrow("was disposed")
    expect(backend.buffers.count).toBe(count)
    a.dispose()
    await f.dispose()
  })
})

describe("a program", () => {
  test("after dispose says so", async () => {
    const f = await compile(backend, ({ x }) => ({ y: mul(x, x) }), { specs: { x: vector } })
    const { y } = f.run({ x: Float32Array.of(1, 2, 3, 4) })
    await f.dispose()
    expect(await y.data()).toEqual(Float32Array.of(1, 4, 9, 16))
    expect(() => f.run({ x: new Float32Array(4) })).toThrow("compiled function was disposed")
    await f.dispose()
    await backend.synchronize()
  })

  test("accepts and returns tensors without elements", async () => {
    const specs = { x: spec("f32", [0, 4]) }
    const f = await compile(backend, ({ x }) => ({ y: add(x, x), z: sum(x, 0) }), { specs })
    const { y, z } = f.run({ x: new Float32Array(0) })
    expect(await y.data()).toEqual(new Float32Array(0))
    expect(await z.data()).toEqual(new Float32Array(4))
    await f.dispose()
  })

  test("without kernels can be profiled", async () => {
    const specs = { x: vector }
    const f = await compile(backend, ({ x }) => ({ y: x }), { specs, profile: true })
    const { y } = f.run({ x: Float32Array.of(1, 2, 3, 4) })
    expect(await f.profile!()).toEqual([])
    expect(await y.data()).toEqual(Float32Array.of(1, 2, 3, 4))
    await f.dispose()
  })

  test("concatenates more tensors than a kernel can read", async () => {
    const count = 2 * backend.gpu.limits.maxStorageBuffersPerShaderStage + 3
    const specs = Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, vector]))
    const f = await compile(backend, (x) => ({ y: concat(Object.values(x), 0) }), { specs })
    const values = Object.keys(specs).map((name, i) => [name, Float32Array.of(i, 0, 0, -i)])
    const found = await f.run(Object.fromEntries(values)).y.data()
    expect([...found]).toEqual(values.flatMap(([, x]) => [...(x as Float32Array)]))
    await f.dispose()
  })
})

describe("a result that depends on a failed one", () => {
  test("fails for the same reason", async () => {
    const x = backend.upload(Float32Array.of(1, 2, 3, 4), vector)
    const fault = new TubeletError("the step failed")
    backend.errors.observe(
      () => backend.gpu.createBuffer({ size: 4, usage: 0 }),
      () => {
        x.fail(fault)
        return fault
      },
    )
    const { y } = twice.run({ x })
    const { y: z } = twice.run({ x: y })
    await expect(z.data()).rejects.toBe(fault)
    await expect(y.data()).rejects.toBe(fault)
    const other = twice.run({ x: new Float32Array(4) })
    expect(await other.y.data()).toEqual(new Float32Array(4))
    await backend.synchronize()
  })
})

test("a device lost while synchronize waits is reported as lost", async () => {
  const lost = (await webgpuBackend()) as WebGpuBackend
  lost.upload(new Float32Array(4), vector)
  const waiting = lost.synchronize()
  lost.gpu.destroy()
  await expect(waiting).rejects.toThrow(DeviceLostError)
  await lost.dispose()
})
