import { type DType, type HostArray, hostArrayClass, TubeletError } from "@tubelet/core"
import type { InferenceSession, Tensor } from "onnxruntime-web/wasm"
import type { Elements, Engine, Session, Wanted } from "./engine.js"
import { configEntries } from "./session-config.js"

/** ONNX Runtime as WebAssembly: its package's build for pages, or that for Node. */
type Runtime = typeof import("onnxruntime-web/wasm")

export function wasmEngine(runtime: Runtime, threads: number): Engine {
  runtime.env.wasm.numThreads = threads
  return {
    name: "ONNX Runtime (WebAssembly)",
    threads,
    takesShared: false,
    async load(file, { alone }) {
      const session = await runtime.InferenceSession.create(file, {
        executionProviders: ["wasm"],
        executionMode: "sequential",
        graphOptimizationLevel: "disabled",
        enableMemPattern: false,
        // In this build each session has its own arena, which never shrinks.
        enableCpuMemArena: alone,
        logSeverityLevel: 4,
        extra: configEntries,
      })
      return new WasmSession(runtime, session)
    },
  }
}

const types: Partial<Record<DType, Tensor.Type>> = {
  f32: "float32",
  f16: "float16",
  i32: "int32",
  u8: "uint8",
  bool: "bool",
}

/** A session whose tensors are copied into and out of ONNX Runtime's WebAssembly memory. */
class WasmSession implements Session {
  constructor(
    readonly runtime: Runtime,
    readonly session: InferenceSession,
  ) {}

  async run(
    feeds: ReadonlyMap<string, Elements>,
    wanted: ReadonlyMap<string, Wanted>,
  ): Promise<Map<string, HostArray>> {
    const given = Object.fromEntries([...feeds].map(([name, x]) => [name, this.#tensor(x)]))
    const found = await this.session.run(given, [...wanted.keys()])
    return new Map(
      [...wanted].map(([name, { dtype, into }]) => {
        const { data } = found[name] as { data: HostArray }
        if (into === undefined) return [name, asHostArray(data, dtype)]
        into.set(data)
        return [name, into]
      }),
    )
  }

  async release(): Promise<void> {
    await this.session.release()
  }

  #tensor({ dtype, shape, data }: Elements): Tensor {
    const type = types[dtype]
    if (type !== undefined) return new this.runtime.Tensor(type, data as never, shape)
    throw new TubeletError(
      `ONNX Runtime does not accept ${dtype} from JavaScript`,
      "cast it to f32",
    )
  }
}

/** The array class that core's types promise, over the same bytes. */
function asHostArray(data: HostArray, dtype: DType): HostArray {
  const Class = hostArrayClass(dtype)
  if (data instanceof Class) return data
  return new Class(data.buffer as ArrayBuffer, data.byteOffset, data.length)
}
