import type { Backend, DeviceArray, MemoryReport, Program, RunValue } from "../backend.js"
import { isDeviceArray } from "../backend.js"
import { type DType, type HostArray, hostArray, type Spec } from "../dtype.js"
import { TubeletError } from "../errors.js"
import type { Graph } from "../graph.js"
import { interpret } from "./interpreter.js"
import type { Values } from "./kernels.js"

/**
 * The reference backend: a slow, obvious interpreter in double precision that knows primitives
 * only. What the others compute is held against it.
 */
export function referenceBackend(): Backend {
  let bytes = 0
  const backend: Backend = {
    name: "reference",
    device: { name: "interpreter in double precision", threads: 1 },
    knows: () => false,
    upload: (data, spec) => handle(spec, Promise.resolve(Float64Array.from(data))),
    compile: async (graph) => program(graph),
    synchronize: () => queue.then(() => undefined),
    memory: (): MemoryReport => ({ bytesInUse: bytes, bytesReserved: bytes }),
    dispose: async () => {},
  }
  let queue: Promise<unknown> = Promise.resolve()

  function handle(spec: Spec, values: Promise<Values>, tracked = true): ReferenceArray {
    if (tracked) bytes += spec.shape.reduce((n, d) => n * d, 8)
    let disposed = false
    return {
      backend,
      dtype: spec.dtype,
      shape: spec.shape,
      values,
      async data() {
        await queue
        if (disposed) throw new TubeletError("this handle was disposed", "read it before")
        return toHost(await this.values, spec.dtype)
      },
      async item() {
        await queue
        return (await this.values)[0]!
      },
      dispose() {
        if (disposed) return
        disposed = true
        if (tracked) bytes -= spec.shape.reduce((n, d) => n * d, 8)
        this.values = Promise.resolve(new Float64Array(0))
      },
    }
  }

  function program(graph: Graph): Program {
    return {
      run(inputs) {
        const given = inputs.map(read)
        const done = queue.then(async () => interpret(graph, await Promise.all(given)))
        queue = done.catch(() => undefined)
        return graph.outputs.map((output, i) => {
          const values = done.then((all) => all[i]!)
          values.catch(() => undefined)
          if (output.into === undefined) return handle(output.tensor, values, false)
          const target = inputs[output.into] as ReferenceArray
          target.values = values
          return target
        })
      },
      memory: () => ({ bytesInUse: 0, bytesReserved: 0 }),
      dispose: async () => {},
    }
  }
  return backend
}

interface ReferenceArray extends DeviceArray {
  values: Promise<Values>
}

const read = (value: RunValue): Promise<Values> =>
  isDeviceArray(value)
    ? (value as ReferenceArray).values
    : Promise.resolve(typeof value === "number" ? Float64Array.of(value) : Float64Array.from(value))

function toHost(values: Values, dtype: DType): HostArray {
  const out = hostArray(dtype, values.length)
  out.set(values as unknown as ArrayLike<number>)
  return out
}
