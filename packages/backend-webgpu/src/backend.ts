import {
  type CompileOptions,
  disposedBackend,
  type Graph,
  type HostArray,
  type MemoryReport,
  type Op,
  type Program,
  type Spec,
} from "@tubelet/core"
import { Heap, type MeasuredTiles, TuningRecord } from "@tubelet/core/codegen"
import { upload, type WebGpuArray } from "./array.js"
import { compileProgram } from "./compile.js"
import { DeviceErrors } from "./device/errors.js"
import { factsOf, type WebGpuFacts } from "./device/facts.js"
import type { Choosing, Gpu } from "./gpu.js"
import { Buffers, type DeviceBuffer, heapBuffers } from "./memory/buffers.js"
import { alignment, largestPart, padding } from "./memory/limits.js"
import { Staging } from "./memory/staging.js"
import { Pipelines } from "./run/pipelines.js"
import { supports } from "./supports.js"

export interface Ownership {
  /** Whether disposing of the backend destroys the device. */
  readonly owned: boolean
}

/** A GPU through WebGPU. Handles are in its memory, and work runs in the order of submission. */
export class WebGpuBackend implements Gpu {
  readonly name = "webgpu"
  readonly errors: DeviceErrors
  readonly buffers: Buffers
  readonly heap: Heap<DeviceBuffer>
  readonly staging: Staging
  readonly pipelines: Pipelines
  tiles: TuningRecord
  #disposed = false

  constructor(
    readonly gpu: GPUDevice,
    readonly ownership: Ownership,
    readonly choosing: Choosing = { tune: false },
    readonly device: WebGpuFacts = factsOf(gpu),
  ) {
    this.errors = new DeviceErrors(gpu, ownership.owned)
    this.buffers = new Buffers(this.errors, device.memoryBytes)
    const partBytes = largestPart(device.limits)
    this.heap = new Heap(heapBuffers(this.buffers), { partBytes, alignment, padding })
    this.staging = new Staging(this.buffers)
    this.pipelines = new Pipelines(gpu)
    this.tiles = new TuningRecord(this.device)
  }

  supports(op: Op): boolean {
    return supports(op)
  }

  upload(data: HostArray, spec: Spec): WebGpuArray {
    return upload(this, data, spec)
  }

  async reserve(bytes: number): Promise<{ release(): void }> {
    this.requireLive()
    const name = "weights and optimizer state"
    // Software devices allocate slowly, but their memory limit is known.
    if (this.device.software) return this.buffers.promise(bytes, name)
    const block = this.heap.allocate(bytes, name)
    await this.errors.settled()
    const { error } = block
    if (!error) return { release: () => block.free() }
    for (const { buffer } of block.parts) this.errors.read(buffer.error)
    block.free()
    throw error
  }

  async compile(graph: Graph, options: CompileOptions): Promise<Program> {
    this.requireLive()
    try {
      return await compileProgram(this, graph, options)
    } catch (error) {
      throw await this.errors.reasonOf(error)
    }
  }

  exportTuning(): MeasuredTiles {
    return this.tiles.toJSON()
  }

  importTuning(tuning: Readonly<Record<string, unknown>>): void {
    this.tiles = new TuningRecord(this.device, tuning as MeasuredTiles)
  }

  async synchronize(): Promise<void> {
    this.errors.requirePresent()
    this.errors.collect()
    await this.gpu.queue.onSubmittedWorkDone()
    await this.staging.settled()
    await this.errors.drain()
  }

  memory(): MemoryReport {
    return { bytesInUse: this.heap.bytesInUse, bytesReserved: this.buffers.bytes }
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    try {
      if (!this.errors.lost) await this.synchronize()
    } finally {
      this.errors.close()
      this.buffers.destroy()
      if (this.ownership.owned) this.gpu.destroy()
    }
  }

  requireLive(): void {
    if (this.#disposed) throw disposedBackend()
    this.errors.requirePresent()
  }
}
