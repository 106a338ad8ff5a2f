import { roundUp, type Shader } from "@tubelet/core/codegen"
import { Timestamps } from "../device/timestamps.js"
import { withErrorScope } from "../device/with-error-scope.js"
import { usage } from "../memory/buffers.js"
import { padding } from "../memory/limits.js"

/** The target duration of a timed pass: browser clocks are coarse. */
const passSeconds = 0.005
const mostRepeats = 100
const passes = 3

/**
 * Seconds per dispatch of a shader: the best of a few passes over zero-filled buffers. Uses
 * timestamp queries if available, else the time until the queue is done. Throws if the device
 * rejects any of it.
 */
export async function measure(device: GPUDevice, shader: Shader): Promise<number> {
  const held: { destroy(): void }[] = []
  const hold = <T extends { destroy(): void }>(made: T): T => {
    held.push(made)
    return made
  }
  try {
    const pipeline = await withErrorScope(device, () => pipelineOf(device, shader))
    const { group, clock } = await withErrorScope(device, () => ({
      group: bind(device, pipeline, shader, hold),
      clock: hold(
        device.features.has("timestamp-query") ? deviceClock(device) : queueClock(device),
      ),
    }))
    const time = (repeats: number) =>
      withErrorScope(device, () =>
        clock.time((pass) => {
          pass.setPipeline(pipeline)
          pass.setBindGroup(0, group)
          for (let i = 0; i < repeats; i++) pass.dispatchWorkgroups(...shader.workgroups)
        }),
      )
    await time(1)
    const once = await time(1)
    const repeats = Math.min(mostRepeats, Math.ceil(passSeconds / Math.max(once, 1e-6)))
    let best = Number.POSITIVE_INFINITY
    for (let i = 0; i < passes; i++) best = Math.min(best, (await time(repeats)) / repeats)
    return best
  } finally {
    for (const made of held) made.destroy()
  }
}

function pipelineOf(device: GPUDevice, { label, code }: Shader): Promise<GPUComputePipeline> {
  const module = device.createShaderModule({ label, code })
  const compute = { module, entryPoint: "main" }
  return device.createComputePipelineAsync({ label, layout: "auto", compute })
}

function bind(
  device: GPUDevice,
  pipeline: GPUComputePipeline,
  { bindings }: Shader,
  hold: (buffer: GPUBuffer) => GPUBuffer,
): GPUBindGroup {
  return device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: bindings.map(({ bytes }, binding) => {
      const size = roundUp(bytes, padding)
      return {
        binding,
        resource: { buffer: hold(device.createBuffer({ size, usage: usage.storage })) },
      }
    }),
  })
}

interface Clock {
  /** Seconds of one pass. */
  time(encode: (pass: GPUComputePassEncoder) => void): Promise<number>
  destroy(): void
}

function deviceClock(device: GPUDevice): Clock {
  const stamps = new Timestamps(device, 1)
  return {
    async time(encode) {
      const encoder = device.createCommandEncoder()
      const pass = stamps.begin(encoder, 0)
      encode(pass)
      pass.end()
      const read = stamps.end(encoder)
      device.queue.submit([encoder.finish()])
      const [seconds] = await read()
      return seconds
    },
    destroy: () => stamps.destroy(),
  }
}

const queueClock = (device: GPUDevice): Clock => ({
  async time(encode) {
    const start = performance.now()
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    encode(pass)
    pass.end()
    device.queue.submit([encoder.finish()])
    await device.queue.onSubmittedWorkDone()
    return (performance.now() - start) / 1000
  },
  destroy() {},
})
