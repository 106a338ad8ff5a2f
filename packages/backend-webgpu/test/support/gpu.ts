import { bytesPerElement, type HostArray, type Tensor } from "@tubelet/core"
import type { Binding, Bound, Shader } from "@tubelet/core/codegen"
import { globals } from "webgpu"
import { dawn } from "../../src/device/dawn.js"

Object.assign(globalThis, globals)

/** Every tensor in one binding. */
export const inOnePart = (access: (t: Tensor) => Binding["access"]): Bound => ({
  access,
  partBytes: 2 ** 30,
})

const offered = ["timestamp-query", "subgroups"] as GPUFeatureName[]

let opened: Promise<GPUDevice> | undefined

/** One device for all tests of a file, with all the memory there is. */
export function openDevice(): Promise<GPUDevice> {
  opened ??= newDevice()
  return opened
}

async function newDevice(): Promise<GPUDevice> {
  const adapter = await (globalThis.navigator?.gpu ?? (await dawn())).requestAdapter()
  if (!adapter) throw new Error("no WebGPU adapter: apt-get install chromium brings one")
  const { maxStorageBufferBindingSize, maxBufferSize, maxComputeWorkgroupStorageSize } =
    adapter.limits
  return adapter.requestDevice({
    requiredFeatures: offered.filter((feature) => adapter.features.has(feature)),
    requiredLimits: { maxStorageBufferBindingSize, maxBufferSize, maxComputeWorkgroupStorageSize },
  })
}

const padded = (bytes: number) => Math.ceil(bytes / 16) * 16

/** Runs a shader on tensors' elements and returns those of the tensors it may write. */
export async function run(
  device: GPUDevice,
  shader: Shader,
  data: ReadonlyMap<Tensor, HostArray>,
): Promise<Map<Tensor, HostArray>> {
  device.pushErrorScope("validation")
  const module = device.createShaderModule({ code: shader.code })
  const { messages } = await module.getCompilationInfo()
  const errors = messages.filter(({ type }) => type === "error")
  if (errors.length > 0) {
    const text = errors.map((e) => `line ${e.lineNum}: ${e.message}`).join("\n")
    throw new Error(`${shader.label}: ${text}\n${shader.code}`)
  }
  const pipeline = device.createComputePipeline({ layout: "auto", compute: { module } })
  const buffers = shader.bindings.map(({ tensor }) => {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
    const size = padded(tensor.size * bytesPerElement(tensor.dtype))
    const buffer = device.createBuffer({ size, usage })
    // Garbage past the end must not matter.
    device.queue.writeBuffer(buffer, 0, new Uint8Array(size).fill(0xcb))
    const given = data.get(tensor)
    if (given) {
      const bytes = new Uint8Array(size).fill(0xcb)
      bytes.set(new Uint8Array(given.buffer, given.byteOffset, given.byteLength))
      device.queue.writeBuffer(buffer, 0, bytes)
    }
    return buffer
  })
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }))
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(0, group)
  pass.dispatchWorkgroups(...shader.workgroups)
  pass.end()
  device.queue.submit([encoder.finish()])
  const found = new Map<Tensor, HostArray>()
  for (const [i, { tensor, access }] of shader.bindings.entries()) {
    if (access === "read_write") found.set(tensor, await read(device, buffers[i], tensor))
  }
  for (const buffer of buffers) buffer.destroy()
  const error = await device.popErrorScope()
  if (error) throw new Error(`${shader.label}: ${error.message}\n${shader.code}`)
  return found
}

async function read(device: GPUDevice, from: GPUBuffer, tensor: Tensor): Promise<HostArray> {
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST
  const buffer = device.createBuffer({ size: from.size, usage })
  const encoder = device.createCommandEncoder()
  encoder.copyBufferToBuffer(from, 0, buffer, 0, from.size)
  device.queue.submit([encoder.finish()])
  await buffer.mapAsync(GPUMapMode.READ)
  const bytes = buffer.getMappedRange().slice(0)
  buffer.destroy()
  return new arrays[tensor.dtype](bytes).subarray(0, tensor.size)
}

const arrays = {
  f32: Float32Array,
  f16: Uint16Array,
  bf16: Uint16Array,
  i32: Int32Array,
  u8: Uint8Array,
  bool: Uint8Array,
}
