import {
  type Backend,
  bytesPerElement,
  type DeviceArray,
  type DeviceFacts,
  formatSpec,
  fromNumbers,
  type Graph,
  type HostArray,
  hostArray,
  isDeviceArray,
  type MemoryReport,
  type Op,
  type Program,
  type RunValue,
  type Spec,
  sizeOf,
  TubeletError,
} from "@tubelet/core"
import { onnxKnows } from "@tubelet/onnx"
import type { Engine } from "./engine.js"
import { CpuArray, elementsOf, type Storage } from "./handle.js"
import { CpuProgram } from "./program.js"
import { Arena, LoopRunner } from "./wasm/index.js"

/** The CPU backend: products in ONNX Runtime, state updates in generated WebAssembly. */
export class CpuBackend implements Backend {
  readonly name = "cpu"
  readonly device: DeviceFacts
  readonly #arena = new Arena()
  readonly #runner = new LoopRunner(this.#arena)
  readonly #programs = new Set<CpuProgram>()
  /** Errors of runs whose results nobody has read. */
  readonly #unread = new Set<unknown>()
  #queue: Promise<unknown> = Promise.resolve()

  constructor(private readonly engine: Engine) {
    this.device = { name: engine.name, threads: engine.threads }
  }

  knows(op: Op): boolean {
    return onnxKnows(op)
  }

  upload(data: HostArray, spec: Spec): DeviceArray {
    const size = sizeOf(spec.shape)
    if (data.length !== size) {
      throw new TubeletError(
        `upload: ${data.length} elements cannot fill ${formatSpec(spec)}`,
        `give ${size} elements or another shape`,
      )
    }
    const block = this.#arena.allocate(size * bytesPerElement(spec.dtype))
    elementsOf(block, spec.dtype).set(data as never)
    return this.#handle(spec, block)
  }

  async compile(graph: Graph): Promise<Program> {
    const program = await CpuProgram.compile(graph, this.engine, this.#arena, this.#runner)
    this.#programs.add(program)
    return {
      run: (values) => this.#enqueue(graph, program, values),
      memory: () => program.memory(),
      dispose: async () => {
        await this.#queue
        this.#programs.delete(program)
        await program.dispose()
      },
    }
  }

  async synchronize(): Promise<void> {
    await this.#queue
    for (const error of this.#unread) {
      this.#unread.delete(error)
      throw error
    }
  }

  memory(): MemoryReport {
    return { bytesInUse: this.#arena.bytesInUse, bytesReserved: this.#arena.bytesReserved }
  }

  async dispose(): Promise<void> {
    await this.#queue
    for (const program of this.#programs) await program.dispose()
    this.#programs.clear()
  }

  #enqueue(graph: Graph, program: CpuProgram, values: readonly RunValue[]): DeviceArray[] {
    const inputs = values.map((value, i) => stored(value, graph.inputs[i]!.tensor))
    const handles = graph.outputs.map(({ tensor, into }) =>
      into === undefined
        ? this.#handle(tensor, hostArray(tensor.dtype, tensor.size))
        : (values[into] as CpuArray),
    )
    const outputs = handles.map((handle) => handle.storage)
    const done = this.#queue.then(() => program.run(inputs, outputs))
    this.#queue = done.catch((error) => this.#unread.add(error))
    for (const handle of handles) handle.writtenBy(done)
    return handles
  }

  #handle(spec: Spec, storage: Storage): CpuArray {
    return new CpuArray(this, spec, storage, (error) => this.#unread.delete(error))
  }
}

/** A value's storage; host data is copied, so that it may change as soon as `run` returns. */
function stored(value: RunValue, spec: Spec): Storage {
  if (isDeviceArray(value)) return (value as CpuArray).storage
  if (typeof value === "number") return fromNumbers(Float64Array.of(value), spec.dtype)
  return value.slice()
}
