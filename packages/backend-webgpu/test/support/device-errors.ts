import {
  add,
  compile,
  DeviceLostError,
  exp,
  hostArray,
  matmul,
  mul,
  neg,
  type Spec,
  spec,
  TubeletError,
} from "@tubelet/core"
import { Heap } from "@tubelet/core/codegen"
import { describe, expect, test } from "vitest"
import { allocate, type WebGpuArray } from "../../src/array.js"
import type { WebGpuBackend } from "../../src/backend.js"
import { heapBuffers } from "../../src/memory/buffers.js"
import { alignment, padding } from "../../src/memory/limits.js"

const vector = spec("f32", [4])
const four = () => Float32Array.of(1, 2, 3, 4)

/** Dispatches a kernel without its bindings. */
function dispatchWrongly({ gpu }: WebGpuBackend): void {
  const code = `@group(0) @binding(0) var<storage, read_write> y: array<f32>;
    @compute @workgroup_size(1) fn main() { y[0] = 1; }`
  const module = gpu.createShaderModule({ label: "add 4", code })
  const pipeline = gpu.createComputePipeline({
    label: "add 4",
    layout: "auto",
    compute: { module },
  })
  const encoder = gpu.createCommandEncoder()
  const pass = encoder.beginComputePass({ label: "add 4" })
  pass.setPipeline(pipeline)
  pass.dispatchWorkgroups(1)
  pass.end()
  gpu.queue.submit([encoder.finish()])
}

/**
 * The size of the largest buffer the device reports, and a heap that allocates it in one part.
 * SwiftShader refuses it at once, so the test does not exhaust the machine's memory.
 */
function largest(backend: WebGpuBackend): Spec {
  const { maxBufferSize, maxStorageBufferBindingSize } = backend.gpu.limits
  const most = Math.min(maxBufferSize, maxStorageBufferBindingSize)
  Object.assign(backend, {
    heap: new Heap(heapBuffers(backend.buffers), { partBytes: most, alignment, padding }),
  })
  return spec("u8", [most])
}

/** Exhausts the device's memory within the limits of a buffer: the handle that did not fit. */
async function exhaust(backend: WebGpuBackend): Promise<WebGpuArray> {
  const bytes = largest(backend)
  const taken: WebGpuArray[] = []
  do {
    taken.push(allocate(backend, bytes))
    await backend.errors.settled()
  } while (taken.at(-1)!.error === undefined)
  const refused = taken.pop()!
  for (const handle of taken) handle.dispose()
  return refused
}

/** Errors of a device, in Node and in a page. `open` returns a new backend. */
export function describeDeviceErrors(open: () => Promise<WebGpuBackend>): void {
  describe("work that the device refuses", () => {
    test("surfaces at the next read, once, with the kernel's name", async () => {
      const backend = await open()
      const handle = backend.upload(four(), vector)
      dispatchWrongly(backend)
      const read = handle.data()
      await expect(read).rejects.toThrow(TubeletError)
      await expect(read).rejects.toThrow('rejected "add 4"')
      expect(await handle.data()).toEqual(four())
      await backend.dispose()
    })

    test("fails the compilation it belongs to, and nothing after", async () => {
      const backend = await open()
      const { gpu } = backend
      const whole = gpu.createShaderModule
      gpu.createShaderModule = (asked) => whole.call(gpu, { ...asked, code: "no WGSL" })
      const compiled = () => compile(backend, ({ x }) => ({ y: exp(x) }), { specs: { x: vector } })
      await expect(compiled()).rejects.toThrow(/rejected "map exp .*parsing WGSL/s)
      gpu.createShaderModule = whole
      const f = await compile(backend, ({ x }) => ({ y: neg(x) }), { specs: { x: vector } })
      expect(await f.run({ x: four() }).y.data()).toEqual(four().map((x) => -x))
      await backend.synchronize()
      await backend.dispose()
    })

    test("surfaces in synchronize, once", async () => {
      const backend = await open()
      dispatchWrongly(backend)
      await expect(backend.synchronize()).rejects.toThrow('rejected "add 4"')
      await backend.synchronize()
      await backend.dispose()
    })

    test("belongs to its results if it was observed", async () => {
      const backend = await open()
      const [other, result] = [backend.upload(four(), vector), backend.upload(four(), vector)]
      const fault = new TubeletError("the step failed")
      backend.errors.observe(
        () => dispatchWrongly(backend),
        () => {
          result.fail(fault)
          return fault
        },
      )
      expect(await other.data()).toEqual(four())
      await expect(result.data()).rejects.toBe(fault)
      await expect(result.item()).rejects.toThrow()
      await backend.synchronize()
      await backend.dispose()
    })
  })

  describe("a device out of memory", () => {
    test("says so before anything is uploaded or compiled, and leaks nothing", async () => {
      const backend = await open()
      Object.assign(backend.buffers, { memoryBytes: 2 ** 20 })
      const message = /memory for weights .*: requested 2.0 MiB, in use 0.0 MiB .*limit 1.0 MiB/
      await expect(backend.reserve(2 ** 21)).rejects.toThrow(message)
      const specs = { x: spec("f32", [512, 512]) }
      const made = compile(backend, ({ x }) => ({ y: matmul(matmul(x, x), x) }), { specs })
      await expect(made).rejects.toThrow(
        "out of GPU memory for the intermediates of a compiled function",
      )
      expect(backend.memory()).toEqual({ bytesInUse: 0, bytesReserved: 0 })
      await backend.synchronize()
      await backend.dispose()
    })

    test("frees the results of a run that do not all fit", async () => {
      const backend = await open()
      const wide = spec("f32", [2 ** 18])
      const f = await compile(backend, ({ x }) => ({ a: add(x, 1), b: mul(x, 2) }), {
        specs: { x: wide },
      })
      const x = backend.upload(new Float32Array(2 ** 18), wide)
      const before = backend.memory().bytesInUse
      const { heap } = backend
      const allocate = heap.allocate.bind(heap)
      let left = 1
      heap.allocate = (bytes, name) => {
        if (left-- === 0) throw new TubeletError("no room")
        return allocate(bytes, name)
      }
      expect(() => f.run({ x })).toThrow("no room")
      expect(backend.memory().bytesInUse).toBe(before)
      Object.assign(backend, { allocate })
      const { b } = f.run({ x })
      expect(await b.data()).toHaveLength(2 ** 18)
      await backend.dispose()
    })

    test("keeps reserved memory until it is released", async () => {
      const backend = await open()
      Object.assign(backend.buffers, { memoryBytes: 2 ** 23 })
      const held = await backend.reserve(2 ** 22)
      const bytes = spec("u8", [2 ** 23])
      expect(() => allocate(backend, bytes)).toThrow("requested 8.0 MiB, in use 4.0 MiB")
      held.release()
      allocate(backend, bytes).dispose()
      // On a GPU the memory is really allocated.
      Object.assign(backend, { device: { ...backend.device, software: false } })
      const taken = await backend.reserve(2 ** 22)
      expect(backend.memory().bytesInUse).toBe(2 ** 22)
      taken.release()
      expect(backend.memory().bytesInUse).toBe(0)
      await backend.dispose()
    })

    test("that runs out later says so once, and leaks nothing", async () => {
      const backend = await open()
      // Reserves by allocating, as on a GPU.
      Object.assign(backend, { device: { ...backend.device, software: false } })
      const { gpu } = backend
      const createBuffer = gpu.createBuffer.bind(gpu)
      gpu.createBuffer = (asked) => createBuffer({ ...asked, size: 2 ** 50 })
      await expect(backend.reserve(2 ** 21)).rejects.toThrow("out of GPU memory for weights")
      const specs = { x: spec("f32", [64, 64]) }
      const made = compile(backend, ({ x }) => ({ y: matmul(matmul(x, x), x) }), { specs })
      await expect(made).rejects.toThrow(
        "out of GPU memory for the intermediates of a compiled function",
      )
      await backend.synchronize()
      expect(backend.memory()).toEqual({ bytesInUse: 0, bytesReserved: 0 })
      await backend.dispose()
    })

    test("reports what was requested, what is in use, and what to do", async () => {
      const backend = await open()
      const held = backend.upload(four(), vector)
      const refused = await exhaust(backend)
      const [size] = refused.shape
      const read = refused.data()
      await expect(read).rejects.toThrow(
        `memory for u8[${size}]: requested ${size / 2 ** 20}.0 MiB`,
      )
      await expect(read).rejects.toThrow(/in use [\d.]+ MiB .*\nuse a smaller batch/)
      await backend.synchronize()
      expect(await held.data()).toEqual(four())
      refused.dispose()
      held.dispose()
      expect(backend.memory().bytesInUse).toBe(0)
      const after = backend.upload(four(), vector)
      expect(await after.data()).toEqual(four())
      await backend.dispose()
    })

    test("surfaces in synchronize if no read has reported it, and leaks nothing", async () => {
      const backend = await open()
      await exhaust(backend)
      expect(backend.memory().bytesReserved).toBe(0)
      await expect(backend.synchronize()).rejects.toThrow("out of GPU memory for u8")
      await backend.synchronize()
      await backend.dispose()
    })

    test("surfaces once if the read started before the device reported it", async () => {
      const backend = await open()
      const handle = allocate(backend, largest(backend))
      const failed = await handle.data().then(
        () => undefined,
        (error) => error,
      )
      // A large GPU has enough.
      expect(failed).toBe(handle.error)
      await backend.synchronize()
      await backend.dispose()
    })
  })

  describe("a lost device", () => {
    test("fails pending reads and every later call", async () => {
      const backend = await open()
      const handle = backend.upload(four(), vector)
      const read = handle.data()
      backend.gpu.destroy()
      const lost = await read
        .then(
          () => handle.data(), // It completed before the device was lost.
          (error) => Promise.reject(error),
        )
        .catch((error) => error)
      expect(lost).toBeInstanceOf(DeviceLostError)
      expect(lost.message).toMatch(/device was lost \(destroyed\).*\nresume from/)
      expect(() => backend.upload(four(), vector)).toThrow(DeviceLostError)
      expect(() => handle.block).toThrow(DeviceLostError)
      await expect(handle.data()).rejects.toThrow(DeviceLostError)
      await expect(handle.item()).rejects.toThrow()
      await expect(backend.synchronize()).rejects.toThrow(DeviceLostError)
      const graph = { inputs: [], outputs: [] }
      await expect(backend.compile(graph as never, {})).rejects.toThrow(DeviceLostError)
      handle.dispose()
      await backend.dispose()
    })

    test("is noticed by synchronize", async () => {
      const backend = await open()
      backend.gpu.destroy()
      await expect(backend.synchronize()).rejects.toThrow(DeviceLostError)
    })

    test("does not affect another backend", async () => {
      const [lost, other] = [await open(), await open()]
      lost.gpu.destroy()
      const handle = other.upload(four(), vector)
      expect(await handle.data()).toEqual(four())
      await lost.dispose()
      await other.dispose()
    })
  })

  test("a custom device is used and left alive", async () => {
    const owner = await open()
    const { WebGpuBackend } = await import("../../src/backend.js")
    const guest = new WebGpuBackend(owner.gpu, { owned: false })
    const handle = guest.upload(hostArray("f32", 4), vector)
    expect(await handle.data()).toEqual(new Float32Array(4))
    await guest.dispose()
    const own = owner.upload(four(), vector)
    expect(await own.data()).toEqual(four())
    await owner.dispose()
  })

  test("facts name the GPU, its features and its limits", async () => {
    const { device, gpu } = await open()
    expect(device.name).not.toBe("")
    expect(device.features).toEqual([...gpu.features].sort())
    expect(device.limits).toMatchObject({ maxBufferSize: gpu.limits.maxBufferSize })
    gpu.destroy()
  })
}
