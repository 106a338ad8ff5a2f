import type { Backend, DeviceArray, MemoryReport, Program, RunValue } from "../backend.js"
import { isDeviceArray } from "../backend.js"
import { type DType, type HostArray, type Shape, type Spec, sizeOf } from "../dtype.js"
import type { Graph } from "../graph.js"
import { fromNumbers, toNumbers } from "../half.js"
import { disposedHandle, itemOf, requireFilled } from "../handles.js"
import { interpret } from "./interpreter.js"
import type { Values } from "./kernels.js"

/**
 * The reference backend: a slow and simple interpreter in double precision that supports primitives
 * only. Other backends are compared with it.
 */
export const referenceBackend = (): Backend => new Reference()

class Reference implements Backend {
  readonly name = "reference"
  readonly device = { name: "interpreter in double precision", threads: 1 }
  /** Bytes of uploads; results are garbage-collected. */
  private bytes = 0
  /** Errors of runs whose results have not been read. */
  readonly unread = new Set<unknown>()
  private queue: Promise<unknown> = Promise.resolve()

  supports(): boolean {
    return false
  }

  upload(data: HostArray, spec: Spec): DeviceArray {
    requireFilled(data, spec)
    const array = new ReferenceArray(this, spec, Promise.resolve(toNumbers(data, spec.dtype)))
    this.bytes += bytesOf(array)
    array.onDispose = () => {
      this.bytes -= bytesOf(array)
    }
    return array
  }

  async compile(graph: Graph): Promise<Program> {
    return {
      run: (inputs) => this.run(graph, inputs),
      memory: () => ({ bytesInUse: 0, bytesReserved: 0 }),
      dispose: async () => {},
    }
  }

  async synchronize(): Promise<void> {
    await this.queue
    for (const error of this.unread) {
      this.unread.delete(error)
      throw error
    }
  }

  memory(): MemoryReport {
    return { bytesInUse: this.bytes, bytesReserved: this.bytes }
  }

  async dispose(): Promise<void> {}

  private run(graph: Graph, inputs: readonly RunValue[]): DeviceArray[] {
    const given = inputs.map((value, i) => read(value, graph.inputs[i].tensor.dtype))
    const done = this.queue.then(async () => interpret(graph, await Promise.all(given)))
    this.queue = done.catch((error) => this.unread.add(error))
    return graph.outputs.map(({ tensor, into }, i) => {
      const values = done.then((all) => all[i])
      if (into === undefined) return new ReferenceArray(this, tensor, values)
      const target = inputs[into] as ReferenceArray
      // State is rounded to its dtype, so that saving and restoring it changes nothing.
      target.values = values.then((v) => toNumbers(fromNumbers(v, tensor.dtype), tensor.dtype))
      return target
    })
  }
}

class ReferenceArray implements DeviceArray {
  readonly dtype: DType
  readonly shape: Shape
  onDispose?: () => void
  private content: Promise<Values> | undefined

  constructor(
    readonly backend: Reference,
    { dtype, shape }: Spec,
    values: Promise<Values>,
  ) {
    this.dtype = dtype
    this.shape = shape
    this.values = values
  }

  get values(): Promise<Values> {
    if (this.content) return this.content
    throw disposedHandle(this)
  }

  set values(values: Promise<Values>) {
    // An error waits for a reader; until then it must not count as an unhandled rejection.
    values.catch(() => undefined)
    this.content = values
  }

  async data(): Promise<HostArray> {
    return fromNumbers(await this.read(), this.dtype)
  }

  item(): Promise<number> {
    return itemOf(this)
  }

  dispose(): void {
    if (this.content) this.onDispose?.()
    this.content = undefined
  }

  private async read(): Promise<Values> {
    try {
      return await this.values
    } catch (error) {
      this.backend.unread.delete(error)
      throw error
    }
  }
}

const bytesOf = ({ shape }: Spec): number => sizeOf(shape) * Float64Array.BYTES_PER_ELEMENT

const read = (value: RunValue, dtype: DType): Promise<Values> =>
  isDeviceArray(value)
    ? (value as ReferenceArray).values
    : Promise.resolve(typeof value === "number" ? Float64Array.of(value) : toNumbers(value, dtype))
