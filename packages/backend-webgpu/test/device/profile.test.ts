import { add, compile, linear, mean, slice, softmax, spec, sub, type Tensor } from "@tubelet/core"
import { expect, test } from "vitest"
import { create } from "webgpu"
import { Timestamps } from "../../src/device/timestamps.js"
import { webgpuBackend } from "../../src/index.js"

const specs = { x: spec("f32", [40, 24]), w: spec("f32", [36, 24]) }
const values = { x: new Float32Array(960).fill(0.5), w: new Float32Array(864).fill(2) }
const layer = { name: "layer", specs } as const

/** Dawn crashes if its instance is collected before its devices. */
const instance = create([])

async function openDevice(requiredFeatures: GPUFeatureName[]): Promise<GPUDevice> {
  const adapter = await instance.requestAdapter()
  return adapter!.requestDevice({ requiredFeatures })
}

test("a profile counts runs, time, bytes and FLOPs of each kernel", async () => {
  const backend = await webgpuBackend()
  const f = await compile(backend, ({ x, w }) => ({ loss: mean(linear(x, w)) }), {
    ...layer,
    profile: true,
  })
  for (let i = 0; i < 3; i++) expect(await f.run(values).loss.item()).toBeCloseTo(24, 4)
  const rows = await f.profile!()
  const product = rows.find(({ kernel }) => kernel.startsWith("matmul"))!
  expect(product).toMatchObject({
    calls: 3,
    flops: 3 * 2 * 40 * 24 * 36,
    bytes: 3 * 4 * (40 * 24 + 36 * 24 + 40 * 36),
  })
  const seconds = rows.map((row) => row.seconds)
  expect(Math.min(...seconds)).toBeGreaterThan(0)
  expect(seconds).toEqual([...seconds].sort((a, b) => b - a))
  expect((await f.costs!()).dispatches).toBe(rows.reduce((n, { calls }) => n + calls / 3, 0))
  await f.dispose()
  await backend.dispose()
})

test("without the option there is no profile, but the costs of a run are known", async () => {
  const backend = await webgpuBackend()
  const f = await compile(backend, ({ x, w }) => ({ y: linear(x, w) }), layer)
  expect(f.profile).toBeUndefined()
  // The result is copied into its handle: one more read and write.
  const [least, result] = [4 * (40 * 24 + 36 * 24 + 40 * 36), 4 * 40 * 36]
  expect(await f.costs!()).toMatchObject({
    dispatches: 1,
    bytesMoved: least + 2 * result,
    leastBytes: least,
  })
  await f.dispose()
  await backend.dispose()
})

test("a row that is read twice counts once in costs and in the profile", async () => {
  const backend = await webgpuBackend()
  const half = (x: Tensor) => slice(x, 1, 0, 12)
  const functions: Record<string, [(x: Tensor) => Tensor, read: number]> = {
    "for its largest, its sum and its values": [softmax, 960],
    "as both sides of a sum": [(x) => add(x, x), 960],
    "half of it for its sum and its values": [
      (x) => sub(half(x), mean(half(x), 1, { keepDims: true })),
      480,
    ],
  }
  for (const [what, [f, read]] of Object.entries(functions)) {
    const specs = { x: spec("f32", [40, 24]) }
    const compiled = await compile(backend, ({ x }) => ({ y: f(x) }), { specs, profile: true })
    const { y } = compiled.run({ x: values.x })
    const written = y.shape[0] * y.shape[1]
    const rows = await compiled.profile!()
    const { bytesMoved, leastBytes } = await compiled.costs!()
    const bytes = rows.reduce((sum, row) => sum + row.bytes!, 0)
    expect(bytes, what).toBe(4 * (read + written))
    expect(leastBytes, what).toBe(bytes)
    // The result is copied into its handle.
    expect(bytesMoved, what).toBe(bytes + 2 * 4 * written)
    await compiled.dispose()
  }
  await backend.dispose()
})

test("a device without timestamp queries says what is missing", async () => {
  const device = await openDevice([])
  const backend = await webgpuBackend({ device })
  const compiled = compile(backend, ({ x, w }) => ({ y: linear(x, w) }), {
    ...layer,
    profile: true,
  })
  await expect(compiled).rejects.toThrow(/timestamp queries/)
  await backend.dispose()
  device.destroy()
})

test("more passes can be timed than one query set holds", async () => {
  const device = await openDevice(["timestamp-query"])
  const stamps = new Timestamps(device, 2100)
  const encoder = device.createCommandEncoder()
  for (let i = 0; i < 2100; i++) stamps.begin(encoder, i).end()
  const read = stamps.end(encoder)
  device.queue.submit([encoder.finish()])
  const seconds = await read()
  expect(seconds).toHaveLength(2100)
  expect(seconds.every((s) => s >= 0 && s < 60)).toBe(true)
  stamps.destroy()
  device.destroy()
})
