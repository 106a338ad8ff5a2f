import { type Backend, compile, DeviceLostError, linear, spec } from "@tubelet/core"
import { describe, expect, test } from "vitest"
import type { WebGpuBackend } from "../../src/backend.js"
import { webgpuBackend } from "../../src/index.js"
import { usage } from "../../src/memory/buffers.js"

const w = Float32Array.from({ length: 864 }, (_, i) => Math.cos(i))

async function productOn(backend: Backend, { rows = 40, onProgress = (_part: number) => {} } = {}) {
  const specs = { x: spec("f32", [rows, 24]), w: spec("f32", [36, 24]) }
  const x = Float32Array.from({ length: 24 * rows }, (_, i) => Math.sin(i))
  const f = await compile(backend, ({ x, w }) => ({ y: linear(x, w) }), { specs, onProgress })
  return (await f.run({ x, w }).y.data()) as Float32Array
}

test("measured tiles are exported, imported by another backend, and change no result", async () => {
  const tuned = await webgpuBackend({ tune: true })
  const plain = await webgpuBackend()
  const expected = await productOn(plain)
  expect(plain.exportTuning!()).toEqual({})
  const progress: number[] = []
  const found = await productOn(tuned, { onProgress: (part) => progress.push(part) })
  expect(progress).toEqual([0.9, 1])
  const worst = found.reduce((most, y, i) => Math.max(most, Math.abs(y - expected[i])), 0)
  expect(worst).toBeLessThan(1e-5)
  const tuning = tuned.exportTuning!()
  const [tiles] = Object.values(tuning) as Record<string, string>[]
  expect(Object.values(tiles)).toHaveLength(1)
  plain.importTuning!(JSON.parse(JSON.stringify(tuning)))
  expect(plain.exportTuning!()).toEqual(tuning)
  expect(await productOn(plain)).toEqual(found)
  await tuned.dispose()
  await plain.dispose()
})

describe("a candidate that the device refuses", () => {
  /** A backend that tunes, with its device's requests passed through `spoil`. */
  async function spoiled(spoil: {
    shader?: (asked: GPUShaderModuleDescriptor) => string
    size?: (asked: GPUBufferDescriptor) => number
  }) {
    const backend = (await webgpuBackend({ tune: true })) as WebGpuBackend
    const { gpu } = backend
    const [createShaderModule, createBuffer] = [gpu.createShaderModule, gpu.createBuffer]
    /** The buffers that shaders were timed with: their total size over time, and now. */
    const timed = { made: 0, left: 0 }
    gpu.createShaderModule = (asked) =>
      createShaderModule.call(gpu, { ...asked, code: spoil.shader?.(asked) ?? asked.code })
    gpu.createBuffer = (asked) => {
      const size = spoil.size?.(asked) ?? asked.size
      const buffer = createBuffer.call(gpu, { ...asked, size })
      if (!isTimed(asked)) return buffer
      timed.made++
      timed.left++
      const { destroy } = buffer
      buffer.destroy = () => {
        timed.left--
        return destroy.call(buffer)
      }
      return buffer
    }
    return { backend, timed }
  }

  /** Nothing else has storage usage only. */
  const isTimed = (asked: GPUBufferDescriptor) => asked.usage === usage.storage
  const chosen = (backend: WebGpuBackend) =>
    Object.values(Object.values(backend.exportTuning())[0] ?? {})

  const shared = /, shared/
  const tooMuch = "var<workgroup> tooMuch: array<vec4<f32>, 100000>;\n"
  const refusals: Record<string, (code: string) => string> = {
    "its text": () => "not WGSL",
    "its workgroup memory": (code) =>
      tooMuch + code.replace("let group =", "tooMuch[local] = vec4<f32>(1f); let group ="),
  }

  test.each(Object.entries(refusals))("for %s is skipped", async (_, refuse) => {
    const shader = ({ label, code }: GPUShaderModuleDescriptor) =>
      shared.test(label!) ? refuse(code) : code
    const { backend, timed } = await spoiled({ shader })
    const plain = await webgpuBackend()
    const found = await productOn(backend)
    expect(found).toEqual(await productOn(plain))
    expect(chosen(backend)).toEqual([expect.stringMatching(/^direct/)])
    await backend.synchronize()
    expect(timed.made).toBeGreaterThan(0)
    expect(timed.left).toBe(0)
    await backend.dispose()
    await plain.dispose()
  })

  test("leaves the default tile if none remains", async () => {
    const size = (asked: GPUBufferDescriptor) => (isTimed(asked) ? 2 ** 40 : asked.size)
    const { backend, timed } = await spoiled({ size })
    const plain = await webgpuBackend()
    const thin = { rows: 1 }
    expect(await productOn(backend, thin)).toEqual(await productOn(plain, thin))
    expect(timed.made).toBeGreaterThan(0)
    expect(timed.left).toBe(0)
    expect(chosen(backend)).toEqual([])
    await backend.synchronize()
    await backend.dispose()
    await plain.dispose()
  })

  test("because the device is lost ends the compilation with that error", async () => {
    let backend: WebGpuBackend | undefined
    const shader = ({ label, code }: GPUShaderModuleDescriptor) => {
      if (shared.test(label!)) backend!.gpu.destroy()
      return code
    }
    ;({ backend } = await spoiled({ shader }))
    await expect(productOn(backend)).rejects.toThrow(DeviceLostError)
    await backend.dispose()
  })
})
