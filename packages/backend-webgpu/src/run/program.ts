import {
  type ConstantAttrs,
  type DeviceArray,
  fromNumbers,
  type HostArray,
  isDeviceArray,
  type MemoryReport,
  type Program,
  type RunCosts,
  type RunValue,
  type Tensor,
  TubeletError,
} from "@tubelet/core"
import type { Placement, Plan } from "@tubelet/core/codegen"
import { allocate, upload, type WebGpuArray } from "../array.js"
import { refused } from "../device/errors.js"
import type { Gpu } from "../gpu.js"
import type { Block, Range } from "../memory/buffers.js"
import { type DeviceBuffer, usage } from "../memory/buffers.js"
import { write } from "../memory/write.js"
import type { Launch } from "./dispatch.js"
import type { Profiler } from "./profile.js"

/** A run being encoded: the memory of its inputs, and the blocks for its results. */
interface Encoding {
  readonly encoder: GPUCommandEncoder
  readonly inputs: readonly Block[]
  readonly outputs: readonly WebGpuArray[]
}

/** A compiled graph: its pipelines and the memory of its intermediates. */
export class WebGpuProgram implements Program {
  readonly #constants = new Map<Tensor, WebGpuArray>()
  /** Destinations of host data, by input. */
  readonly #own = new Map<number, WebGpuArray>()
  /** Buffers of the run being encoded. */
  readonly #passing: DeviceBuffer[] = []
  #disposed = false

  constructor(
    readonly backend: Gpu,
    readonly plan: Plan,
    readonly launches: readonly Launch[],
    /** Memory for intermediates; the program now owns it. */
    readonly slabs: readonly DeviceBuffer[],
    readonly profiler?: Profiler,
  ) {
    for (const placement of plan.placements.values()) {
      if (placement.kind !== "constant") continue
      const { data } = placement.constant.node.attrs as ConstantAttrs
      this.#constants.set(placement.constant, upload(backend, data, placement.constant))
    }
  }

  run(values: readonly RunValue[]): DeviceArray[] {
    this.#requireLive()
    try {
      return this.#enqueue(values)
    } finally {
      for (const buffer of this.#passing.splice(0)) buffer.destroy()
    }
  }

  #enqueue(values: readonly RunValue[]): DeviceArray[] {
    const { backend, plan } = this
    const encoder = backend.gpu.createCommandEncoder()
    const inputs = this.#inputs(values, encoder)
    const fresh: WebGpuArray[] = []
    try {
      const outputs = plan.graph.outputs.map(({ tensor, into }) => {
        if (into !== undefined) return values[into] as WebGpuArray
        fresh.push(allocate(backend, tensor))
        return fresh.at(-1)!
      })
      this.#submit(values, { encoder, inputs, outputs })
      return outputs
    } catch (error) {
      for (const output of fresh) output.dispose()
      throw error
    }
  }

  #submit(values: readonly RunValue[], { encoder, inputs, outputs }: Encoding): void {
    const { backend } = this
    const submit = () => {
      const submitted = this.#encode(encoder, inputs, outputs)
      backend.gpu.queue.submit([encoder.finish()])
      submitted?.()
    }
    const blocks = [...inputs, ...outputs.map(({ block }) => block)]
    const buffers = [
      ...this.slabs,
      ...blocks.flatMap(({ parts }) => parts.map(({ buffer }) => buffer)),
    ]
    const handles = values.filter(isDeviceArray) as WebGpuArray[]
    const fail = (error: unknown) => {
      for (const output of outputs) output.fail(error)
    }
    backend.errors.observe(
      submit,
      (error) => {
        const explained = buffers.find((buffer) => buffer.error)?.error ?? refused(error)
        fail(explained)
        return explained
      },
      () => {
        const failed = handles.find((handle) => handle.error !== undefined)
        if (failed) fail(failed.error)
      },
    )
  }

  #encode(encoder: GPUCommandEncoder, inputs: readonly Block[], outputs: readonly WebGpuArray[]) {
    const rangesOf = (placement: Placement) => this.#rangesOf(placement, inputs)
    const memoryOf = (t: Tensor) => rangesOf(this.plan.placements.get(t)!)
    for (const { from, to } of this.plan.saved) copy(encoder, memoryOf(from), memoryOf(to))
    const encode = (launch: Launch, pass: GPUComputePassEncoder) =>
      launch.encode(this.backend.gpu, pass, rangesOf, (i) => inputs[i].number)
    const submitted = this.profiler?.encode(encoder, encode)
    if (!this.profiler) {
      const pass = encoder.beginComputePass()
      for (const launch of this.launches) encode(launch, pass)
      pass.end()
    }
    for (const { from, via, output } of this.plan.copies) {
      if (via) copy(encoder, memoryOf(from), memoryOf(via))
      copy(encoder, memoryOf(via ?? from), outputs[output].block.parts)
    }
    return submitted
  }

  #rangesOf(placement: Placement, inputs: readonly Block[]): readonly Range[] {
    if (placement.kind === "input") return inputs[placement.input].parts
    if (placement.kind === "constant") return this.#constants.get(placement.constant)!.block.parts
    return placement.parts.map(({ slab, offset, size }) => ({
      buffer: this.slabs[slab],
      offset,
      size,
    }))
  }

  /**
   * The memory of each input; host data and repeated handles are copied to the program's memory.
   */
  #inputs(values: readonly RunValue[], encoder: GPUCommandEncoder): Block[] {
    const seen = new Set<RunValue>()
    return values.map((value, i) => {
      const again = seen.has(value)
      seen.add(value)
      if (!isDeviceArray(value)) return this.#given(value, i)
      const { block } = value as WebGpuArray
      return again ? this.#twin(block, i, encoder) : block
    })
  }

  /** A copy through a temporary buffer: WebGPU cannot copy within one buffer. */
  #twin(block: Block, i: number, encoder: GPUCommandEncoder): Block {
    const own = this.#ownBlock(i)
    const flags = usage.copySource | usage.copyTarget
    const between = block.parts.map(({ size }) => {
      const buffer = this.backend.buffers.create({ label: "a copy", bytes: size, usage: flags })
      return { buffer, offset: 0, size }
    })
    copy(encoder, block.parts, between)
    copy(encoder, between, own.parts)
    this.#passing.push(...between.map(({ buffer }) => buffer))
    return own
  }

  #given(value: HostArray | number, i: number): Block {
    const { dtype } = this.plan.graph.inputs[i].tensor
    const data = typeof value === "number" ? fromNumbers([value], dtype) : value
    const block = this.#ownBlock(i)
    write(this.backend.gpu.queue, block, data)
    return block
  }

  #ownBlock(i: number): Block {
    const array = this.#own.get(i) ?? allocate(this.backend, this.plan.graph.inputs[i].tensor)
    this.#own.set(i, array)
    return array.block
  }

  memory(): MemoryReport {
    const slabs = this.plan.slabs.reduce((sum, bytes) => sum + bytes, 0)
    const held = [...this.#constants.values(), ...this.#own.values()]
    const bytes = held.reduce((sum, array) => sum + array.block.size, slabs)
    return { bytesInUse: bytes, bytesReserved: bytes }
  }

  async costs(): Promise<RunCosts> {
    const { costsOf } = await import("@tubelet/core/measure")
    return costsOf(this.plan)
  }

  async dispose(): Promise<void> {
    this.#disposed = true
    this.profiler?.destroy()
    for (const held of [...this.slabs, ...this.launches]) held.destroy()
    for (const array of [...this.#constants.values(), ...this.#own.values()]) array.dispose()
  }

  #requireLive(): void {
    this.backend.requireLive()
    if (!this.#disposed) return
    throw new TubeletError(
      "this compiled function was disposed and cannot be used",
      "dispose of it after its last use, or compile it again",
    )
  }
}

/** Copies part by part, including padding as far as both have it. */
function copy(encoder: GPUCommandEncoder, from: readonly Range[], to: readonly Range[]): void {
  for (const [i, a] of from.entries()) {
    const b = to[i]
    const size = Math.min(a.size, b.size)
    encoder.copyBufferToBuffer(a.buffer.gpu, a.offset, b.buffer.gpu, b.offset, size)
  }
}
