import { compile, linear, mean, spec } from "@tubelet/core"
import { expect, test } from "vitest"
import { create } from "webgpu"
import { webgpuBackend } from "../../src/index.js"
import { Timestamps } from "../../src/timestamps.js"

const specs = { x: spec("f32", [40, 24]), w: spec("f32", [36, 24]) }
const values = { x: new Float32Array(960).fill(0.5), w: new Float32Array(864).fill(2) }
const layer = { name: "layer", specs } as const

/** Dawn crashes where its instance is collected before its devices. */
const instance = create([])

async function openDevice(requiredFeatures: GPUFeatureName[]): Promise<GPUDevice> {
  const adapter = await instance.requestAdapter()
  return adapter!.requestDevice({ requiredFeatures })
}

test("a profile counts runs, time, bytes and operations of each kernel", async () => {
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

test("without being asked for there is none, but what a run costs is known", async () => {
  const backend = await webgpuBackend()
  const f = await compile(backend, ({ x, w }) => ({ y: linear(x, w) }), layer)
  expect(f.profile).toBeUndefined()
  // The result is copied into its handle: read and written once more.
  const [least, result] = [4 * (40 * 24 + 36 * 24 + 40 * 36), 4 * 40 * 36]
  expect(await f.costs!()).toMatchObject({
    dispatches: 1,
    bytesMoved: least + 2 * result,
    leastBytes: least,
  })
  await f.dispose()
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

test("more passes are timed than one set of queries holds", async () => {
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
