import { usage } from "./buffers.js"
import { padding, roundUp } from "./room.js"
import type { Shader } from "./shader.js"
import { Timestamps } from "./timestamps.js"

/** What one timed pass should take: clocks of browsers are coarse. */
const passSeconds = 0.005
const mostRepeats = 100
const passes = 3

/**
 * Seconds that one dispatch of a shader takes: the best of a few passes over buffers of zeros.
 * By the device's own clock where it has timestamp queries, else by when the queue is done.
 */
export async function measure(device: GPUDevice, shader: Shader): Promise<number> {
  const module = device.createShaderModule({ code: shader.code })
  const compute = { module, entryPoint: "main" }
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute })
  const buffers = shader.bindings.map(({ bytes }) =>
    device.createBuffer({ size: roundUp(bytes, padding), usage: usage.storage }),
  )
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  })
  const clock = device.features.has("timestamp-query") ? deviceClock(device) : queueClock(device)
  const time = (repeats: number) =>
    clock.time((pass) => {
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, group)
      for (let i = 0; i < repeats; i++) pass.dispatchWorkgroups(...shader.workgroups)
    })
  try {
    await time(1)
    const once = await time(1)
    const repeats = Math.min(mostRepeats, Math.ceil(passSeconds / Math.max(once, 1e-6)))
    let best = Number.POSITIVE_INFINITY
    for (let i = 0; i < passes; i++) best = Math.min(best, (await time(repeats)) / repeats)
    return best
  } finally {
    clock.destroy()
    for (const buffer of buffers) buffer.destroy()
  }
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
      return seconds!
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
