import { type DType, type HostArray, hostArrayClass, TubeletError } from "@tubelet/core"
import type { InferenceSession, OnnxValue, Tensor, TensorConstructor } from "onnxruntime-node"
import type { Elements, Session, Wanted } from "./engine.js"

/** The part that ONNX Runtime's packages for Node and for browsers have in common. */
export interface Runtime {
  readonly InferenceSession: {
    create(file: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>
  }
  readonly Tensor: TensorConstructor
}

const types: Partial<Record<DType, Tensor.Type>> = {
  f32: "float32",
  f16: "float16",
  i32: "int32",
  u8: "uint8",
  bool: "bool",
}

/** Why each option differs from its default. */
export const sessionOptions = (
  threads: number,
  arena: boolean,
): InferenceSession.SessionOptions => ({
  executionProviders: ["cpu"],
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  executionMode: "sequential",
  // Core's passes have done what is common, and common subexpressions must not be looked for
  // again: what is computed twice to save memory would be merged.
  graphOptimizationLevel: "disabled",
  // A plan of all buffers is one more block beside the allocator's: 700 MB for videomae-b.
  enableMemPattern: false,
  enableCpuMemArena: arena,
  // What fails is thrown, with the op and the user's line; it need not be printed as well.
  logSeverityLevel: 4,
  // Threads that wait spin for 16 ms by default, and take the core from the thread they wait for
  // where the machine is shared: a step beside another program took 1950 ms, without spinning
  // 1350. Twenty microseconds bridge the gap from one kernel to the next. And where no session
  // runs, none may spin: with four alive, products ran at a third of their speed.
  extra: { session: { force_spinning_stop: "1", intra_op: { spin_duration_us: "20" } } },
})

/** A session of ONNX Runtime. `inPlace`: whether it writes into arrays it is given. */
export class OnnxSession implements Session {
  constructor(
    readonly runtime: Runtime,
    readonly session: InferenceSession,
    readonly inPlace: boolean,
  ) {}

  async run(
    feeds: ReadonlyMap<string, Elements>,
    wanted: ReadonlyMap<string, Wanted>,
  ): Promise<Map<string, HostArray>> {
    const given = Object.fromEntries([...feeds].map(([name, x]) => [name, this.#tensor(x, x.data)]))
    const fetches: Record<string, OnnxValue | null> = {}
    for (const [name, spec] of wanted) {
      const into = this.inPlace ? spec.into : undefined
      fetches[name] = into === undefined ? null : this.#tensor(spec, into)
    }
    const found = await this.session.run(given, fetches)
    return new Map(
      [...wanted].map(([name, { dtype, into }]) => {
        const { data } = found[name] as { data: HostArray }
        if (into === undefined) return [name, asHostArray(data, dtype)]
        if (!this.inPlace) into.set(data)
        return [name, into]
      }),
    )
  }

  async release(): Promise<void> {
    await this.session.release()
  }

  #tensor({ dtype, shape }: Omit<Elements, "data">, data: HostArray): Tensor {
    const type = types[dtype]
    if (type !== undefined) return new this.runtime.Tensor(type, data as never, shape)
    throw new TubeletError(`ONNX Runtime takes no ${dtype} from JavaScript`, "cast it to f32")
  }
}

/** The class that core's types promise, over the same bytes. */
function asHostArray(data: HostArray, dtype: DType): HostArray {
  const Class = hostArrayClass(dtype)
  if (data instanceof Class) return data
  return new Class(data.buffer as ArrayBuffer, data.byteOffset, data.length)
}
