import type { DType, HostArray } from "@tubelet/core"
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node"
import type { Session, SessionValue, Values } from "./engine.js"

/** What the two editions of ONNX Runtime have in common. */
export interface Ort {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>
  }
  readonly Tensor: new (type: never, data: never, dims: readonly number[]) => OrtTensor
}

const ortTypes: Record<DType, string> = {
  f32: "float32",
  f16: "float16",
  bf16: "bfloat16",
  i32: "int32",
  u8: "uint8",
  bool: "bool",
}

/**
 * Our passes have merged and simplified the graph, and its order is ours: ONNX Runtime's own
 * rewriting would take longer than it saves and could merge what is to be computed twice.
 */
export const sessionOptions = (threads: number): InferenceSession.SessionOptions => ({
  graphOptimizationLevel: "disabled",
  executionMode: "sequential",
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
  // Idle workers of one session must not spin on a core that another one needs.
  extra: { session: { force_spinning_stop: "1" } },
})

export async function loadSession(
  ort: Ort,
  model: Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<Session> {
  const session = await ort.InferenceSession.create(model, options)
  const wrap = ({ dtype, shape, data }: SessionValue): OrtTensor =>
    new ort.Tensor(ortTypes[dtype] as never, data as never, shape)
  const wrapAll = (values: Values) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, wrap(value)]))
  return {
    async run(feeds, fetches) {
      const results = await session.run(wrapAll(feeds), wrapAll(fetches))
      for (const [name, { data }] of Object.entries(fetches)) {
        const found = results[name]!.data as unknown as HostArray
        // In Node results stand in the given arrays already; the browser's edition makes its own.
        if (found.buffer !== data.buffer || found.byteOffset !== data.byteOffset) data.set(found)
      }
    },
    dispose: () => session.release(),
  }
}
