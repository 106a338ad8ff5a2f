import {
  bytesPerElement,
  type CompileOptions,
  type DeviceArray,
  disposedBackend,
  type Graph,
  type HostArray,
  type MemoryReport,
  type Op,
  type Program,
  requireFilled,
  type Spec,
} from "@tubelet/core"
import { onnxSupports } from "@tubelet/onnx"
import { CpuArray, elementsOf } from "./array.js"
import type { Cpu } from "./cpu.js"
import type { Engine } from "./engine/engine.js"
import { compileProgram } from "./program.js"
import { Queue } from "./queue.js"
import { Arena, LoopRunner, type Team } from "./wasm/index.js"

/** Matmuls and attention in ONNX Runtime, state and its updates in WebAssembly memory. */
export class CpuBackend implements Cpu {
  readonly name = "cpu"
  readonly arena: Arena
  readonly loops: LoopRunner
  readonly queue = new Queue()
  readonly partBytes: number | undefined
  #disposed = false

  constructor(
    readonly engine: Engine,
    { partBytes, team }: { readonly partBytes?: number; readonly team?: Team } = {},
  ) {
    this.arena = new Arena({ shared: team !== undefined })
    this.loops = new LoopRunner(this.arena, team)
    this.partBytes = partBytes
  }

  get device() {
    return { name: this.engine.name, threads: this.engine.threads }
  }

  supports(op: Op): boolean {
    return onnxSupports(op)
  }

  upload(data: HostArray, spec: Spec): DeviceArray {
    this.requireLive()
    requireFilled(data, spec)
    const array = new CpuArray(this, this.queue, spec)
    const place = (from: HostArray) => {
      const block = this.arena.allocate(from.length * bytesPerElement(spec.dtype))
      elementsOf(block, spec.dtype).set(from)
      array.storage = block
    }
    // Growing a memory detaches the views that a running session reads.
    if (this.queue.idle) place(data)
    else {
      const copy = data.slice()
      void this.queue.add(() => {
        try {
          place(copy)
        } catch (error) {
          this.queue.errors.add(error)
          array.fail(error)
        }
      })
    }
    return array
  }

  async compile(graph: Graph, options: CompileOptions): Promise<Program> {
    this.requireLive()
    return compileProgram(this, graph, options)
  }

  synchronize(): Promise<void> {
    return this.queue.drain()
  }

  memory(): MemoryReport {
    const { bytesInUse, bytesReserved } = this.arena
    return { bytesInUse, bytesReserved }
  }

  async dispose(): Promise<void> {
    this.#disposed = true
    try {
      await this.queue.drain()
    } finally {
      await this.loops.team?.dispose()
    }
  }

  /** Throws if the backend was disposed: its threads have ended. */
  requireLive(): void {
    if (this.#disposed) throw disposedBackend()
  }
}
