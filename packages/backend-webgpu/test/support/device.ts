import { execFileSync } from "node:child_process"
import type { Tensor } from "@tubelet/core"
import { create, globals } from "webgpu"
import type { Shader } from "../../src/shader.js"

Object.assign(globalThis, globals)

/** Chromium brings a driver that runs on the CPU. */
function softwareDriver(): string | undefined {
  try {
    const files = execFileSync("dpkg", ["-L", "chromium"], { encoding: "utf8" })
    return files.split("\n").find((file) => file.endsWith("swiftshader_icd.json"))
  } catch {
    return undefined
  }
}

const offered = ["timestamp-query", "subgroups"] as GPUFeatureName[]

/** Dawn crashes where its instance is collected before its devices. */
let instance: GPU | undefined

export async function openDevice(): Promise<GPUDevice> {
  const driver = softwareDriver()
  if (driver) {
    process.env.VK_DRIVER_FILES ??= driver
    process.env.VK_ICD_FILENAMES ??= driver
  }
  instance ??= create([])
  const adapter = await instance.requestAdapter()
  if (!adapter) throw new Error("no WebGPU adapter: apt-get install chromium brings one")
  const { maxStorageBufferBindingSize, maxBufferSize, maxComputeWorkgroupStorageSize } =
    adapter.limits
  return adapter.requestDevice({
    requiredFeatures: offered.filter((feature) => adapter.features.has(feature)),
    requiredLimits: { maxStorageBufferBindingSize, maxBufferSize, maxComputeWorkgroupStorageSize },
  })
}

/** Bytes of a tensor's storage: whole vec4s. */
const bytesOf = ({ size }: Tensor): number => Math.ceil((4 * size) / 16) * 16

/** Runs a shader on f32 tensors; those without data begin as NaN. Gives what is then in `read`. */
export async function runShader(
  device: GPUDevice,
  { code, bindings, workgroups }: Shader,
  data: ReadonlyMap<Tensor, Float32Array>,
  read: Tensor,
): Promise<Float32Array> {
  const module = device.createShaderModule({ code })
  const { messages } = await module.getCompilationInfo()
  if (messages.length > 0) {
    const [{ message, lineNum }] = messages as [GPUCompilationMessage]
    throw new Error(`${message}\n${code.split("\n")[lineNum - 1]}\n${code}`)
  }
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
  const buffers = new Map(
    bindings.map(({ tensor }) => {
      const buffer = device.createBuffer({ size: bytesOf(tensor), usage })
      const values = new Float32Array(bytesOf(tensor) / 4).fill(Number.NaN)
      values.set(data.get(tensor) ?? [])
      device.queue.writeBuffer(buffer, 0, values)
      return [tensor, buffer]
    }),
  )
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module } })
  const entries = bindings.map(({ tensor }, binding) => ({
    binding,
    resource: { buffer: buffers.get(tensor)! },
  }))
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries })
  const host = device.createBuffer({
    size: bytesOf(read),
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(0, group)
  pass.dispatchWorkgroups(...workgroups)
  pass.end()
  encoder.copyBufferToBuffer(buffers.get(read)!, 0, host, 0, bytesOf(read))
  device.queue.submit([encoder.finish()])
  await host.mapAsync(GPUMapMode.READ)
  const values = new Float32Array(host.getMappedRange().slice(0), 0, read.size)
  for (const buffer of [...buffers.values(), host]) buffer.destroy()
  return values
}
