import {
  bytesPerElement,
  type Graph,
  type HostArray,
  hostArray,
  type MemoryReport,
  type Spec,
  sizeOf,
} from "@tubelet/core"
import { fuseUpdates, splitUpdates, type UpdateProgram } from "@tubelet/core/schedule"
import { type OnnxFile, toOnnx } from "@tubelet/onnx"
import type { Engine, Session, SessionValue } from "./engine.js"
import { elementsOf, type Storage } from "./handle.js"
import { type Arena, type Block, canLoop, type LoopRunner, runUpdates } from "./wasm/index.js"

/** The first part of a graph: one ONNX Runtime session. */
interface Compute {
  readonly graph: Graph
  readonly file: OnnxFile
  readonly session: Session
  /** The tensors at the cut, in memory the updates can read. */
  readonly cut: readonly Block[]
}

/** A compiled graph: products in ONNX Runtime, then state updates in WebAssembly. */
export class CpuProgram {
  private constructor(
    private readonly compute: Compute | undefined,
    private readonly update: { readonly graph: Graph; readonly program: UpdateProgram },
    private readonly graph: Graph,
    private readonly runner: LoopRunner,
  ) {}

  static async compile(
    graph: Graph,
    engine: Engine,
    arena: Arena,
    runner: LoopRunner,
  ): Promise<CpuProgram> {
    const { compute, update } = splitUpdates(graph, canLoop)
    const program = fuseUpdates(update, canLoop)
    const part =
      compute.outputs.length === 0 ? undefined : await compileCompute(compute, engine, arena)
    return new CpuProgram(part, { graph: update, program }, graph, runner)
  }

  /** Runs on the given storages; `outputs` stand in the order of the graph's. */
  async run(inputs: readonly Storage[], outputs: readonly Storage[]): Promise<void> {
    const place = new Map(this.graph.outputs.map((o, i) => [o, outputs[i]!]))
    const late: [HostArray, Storage][] = []
    if (this.compute) await this.runCompute(this.compute, inputs, place, late)
    const targets = this.update.graph.outputs.map((o) => place.get(o)!)
    const values = [...inputs, ...(this.compute?.cut ?? [])]
    runUpdates(this.runner, this.update.program, this.update.graph, values, targets)
    for (const [from, to] of late) elementsOf(to, "u8").set(from as never)
  }

  private async runCompute(
    { graph, file, session, cut }: Compute,
    inputs: readonly Storage[],
    place: ReadonlyMap<Graph["outputs"][number], Storage>,
    late: [HostArray, Storage][],
  ): Promise<void> {
    const feeds: Record<string, SessionValue> = {}
    file.inputs.forEach((name, i) => {
      if (name !== undefined) feeds[name] = valueOf(graph.inputs[i]!.tensor, inputs[i]!)
    })
    const fetches: Record<string, SessionValue> = {}
    const first = graph.outputs.length - cut.length
    file.outputs.forEach((name, i) => {
      const output = graph.outputs[i]!
      if (i >= first) fetches[name] = valueOf(output.tensor, cut[i - first]!)
      else if (output.into === undefined) fetches[name] = valueOf(output.tensor, place.get(output)!)
      else {
        // The session may still read the donated value while it writes: it goes there afterwards.
        const value = valueOf(
          output.tensor,
          hostArray(output.tensor.dtype, sizeOf(output.tensor.shape)),
        )
        fetches[name] = value
        late.push([value.data, place.get(output)!])
      }
    })
    await session.run(feeds, fetches)
  }

  memory(): MemoryReport {
    const bytes = (this.compute?.cut ?? []).reduce((n, block) => n + block.byteLength, 0)
    return { bytesInUse: bytes, bytesReserved: bytes }
  }

  async dispose(): Promise<void> {
    for (const block of this.compute?.cut ?? []) block.free()
    await this.compute?.session.dispose()
  }
}

async function compileCompute(graph: Graph, engine: Engine, arena: Arena): Promise<Compute> {
  const file = toOnnx(graph, { order: "reverse" })
  const session = await engine.load(file.bytes)
  const cut = graph.outputs
    .filter(({ path }) => path.startsWith("cut/"))
    .map(({ tensor }) => arena.allocate(tensor.size * bytesPerElement(tensor.dtype)))
  return { graph, file, session, cut }
}

const valueOf = ({ dtype, shape }: Spec, storage: Storage): SessionValue => ({
  dtype,
  shape,
  data: elementsOf(storage, dtype).subarray(0, sizeOf(shape)) as HostArray,
})
