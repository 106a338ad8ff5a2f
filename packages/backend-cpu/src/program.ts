import {
  type CompileOptions,
  type DeviceArray,
  type DType,
  type Graph,
  type HostArray,
  hostArray,
  type MemoryReport,
  type ProfileRow,
  type Program,
  type RunValue,
  type Tensor,
} from "@tubelet/core"
import { fuseUpdates, type Split, splitUpdates, type UpdateProgram } from "@tubelet/core/schedule"
import { CpuArray, elementsOf, type Storage } from "./array.js"
import type { CpuBackend } from "./backend.js"
import { Compute } from "./compute.js"
import { type Block, canLoop, runUpdates } from "./wasm/index.js"

/**
 * Cuts a graph in two: matrix products and all else for the engine, then the state updates, one
 * pass each over memory. The tensors at the cut, gradients mostly, are written straight into
 * WebAssembly memory and stay there from run to run.
 */
export async function compileProgram(
  backend: CpuBackend,
  graph: Graph,
  { name = "step", profile = false, onProgress }: CompileOptions,
): Promise<Program> {
  const split = splitUpdates(graph, canLoop)
  const updates = fuseUpdates(split.update, canLoop)
  const made = split.compute.outputs.filter(({ tensor }) => tensor.node.op.name !== "input")
  const compute =
    made.length === 0
      ? undefined
      : await Compute.load(
          backend.engine,
          { inputs: graph.inputs, outputs: made },
          { name, profile },
        )
  const cut = cutOf(graph, split)
  const blocks = await backend.queue.add(() => allocateCut(backend, split, cut))
  onProgress?.(1)
  const program = new CpuProgram(backend, graph, split, updates, compute, cut, blocks)
  return profile ? Object.assign(program, { profile: () => program.readProfile() }) : program
}

/** What the updates read beside the graph's inputs. */
const cutOf = (graph: Graph, { update }: Split): Tensor[] =>
  update.inputs.slice(graph.inputs.length).map(({ tensor }) => tensor)

/** Blocks for the vectors at the cut, but for those that are results too: these are fresh. */
function allocateCut(
  { arena }: CpuBackend,
  { compute }: Split,
  cut: readonly Tensor[],
): Map<Tensor, Block> {
  const shown = new Set(compute.outputs.slice(0, -cut.length || undefined).map((o) => o.tensor))
  const vectors = cut.filter((t) => t.size > 1 && t.dtype === "f32" && !shown.has(t))
  return new Map(vectors.map((t) => [t, arena.allocate(4 * t.size)]))
}

class CpuProgram implements Program {
  #updateSeconds = 0
  #runs = 0

  constructor(
    readonly backend: CpuBackend,
    readonly graph: Graph,
    readonly split: Split,
    readonly updates: UpdateProgram,
    readonly compute: Compute | undefined,
    readonly cut: readonly Tensor[],
    readonly blocks: ReadonlyMap<Tensor, Block>,
  ) {}

  run(values: readonly RunValue[]): DeviceArray[] {
    const { backend, graph } = this
    const inputs = values.map((value, i) => snapshot(value, graph.inputs[i]!.tensor.dtype))
    const outputs = graph.outputs.map(({ tensor, into }) =>
      into === undefined
        ? new CpuArray(backend, backend.queue, tensor)
        : (inputs[into] as CpuArray),
    )
    void backend.queue.add(async () => {
      try {
        await this.#execute(inputs, outputs)
      } catch (error) {
        backend.queue.failed(error)
        for (const output of outputs) output.fail(error)
      }
    })
    return outputs
  }

  async #execute(inputs: readonly Given[], outputs: readonly CpuArray[]): Promise<void> {
    const { graph, split } = this
    const given = inputs.map((x) => (x instanceof CpuArray ? x.storage : x))
    const computed = await this.#compute(given)
    const late = new Set(split.update.outputs)
    const results = graph.outputs.map((output): Storage => {
      const { tensor, into } = output
      if (!late.has(output)) return computed(tensor)
      return into === undefined ? hostArray(tensor.dtype, tensor.size) : given[into]!
    })
    const cut = this.cut.map((t) => this.blocks.get(t) ?? computed(t, { share: true }))
    const started = performance.now()
    runUpdates(
      this.backend.loops,
      this.updates,
      split.update,
      [...given, ...cut],
      split.update.outputs.map((output) => results[graph.outputs.indexOf(output)]!),
    )
    this.#updateSeconds += (performance.now() - started) / 1000
    this.#runs++
    for (const [i, { tensor, into }] of graph.outputs.entries()) {
      if (into === undefined) outputs[i]!.storage = results[i]!
      else if (results[i] !== given[into]) {
        elementsOf(given[into]!, tensor.dtype).set(results[i] as HostArray)
      }
    }
  }

  /** Runs the engine's part. What comes back reads a tensor's elements, each time other ones. */
  async #compute(given: readonly Storage[]) {
    const places = new Map(this.graph.inputs.map(({ tensor }, i) => [tensor, given[i]!]))
    const read = (t: Tensor) => elementsOf(places.get(t)!, t.dtype)
    const found = await this.compute?.run(read, (t) => this.blocks.get(t)?.f32())
    const taken = new Set<Tensor>()
    return (t: Tensor, { share = false } = {}): HostArray => {
      const fresh = found?.get(t)
      if (fresh !== undefined && (share || !taken.has(t))) {
        taken.add(t)
        return fresh
      }
      return (fresh ?? read(t)).slice()
    }
  }

  memory(): MemoryReport {
    const bytes = [...this.blocks.values()].reduce((n, block) => n + block.byteLength, 0)
    return { bytesInUse: bytes, bytesReserved: bytes }
  }

  /** Where the time of all runs so far went. Measuring ends with it. */
  async readProfile(): Promise<ProfileRow[]> {
    await this.backend.queue.add(() => undefined)
    const rows = (await this.compute?.profile()) ?? []
    const updates = { kernel: "state updates", calls: this.#runs, seconds: this.#updateSeconds }
    return [...rows, updates].sort((a, b) => b.seconds - a.seconds)
  }

  async dispose(): Promise<void> {
    await this.backend.queue.add(async () => {
      await this.compute?.session.release()
      for (const block of this.blocks.values()) block.free()
    })
  }
}

/** An input as it is when `run` is called. */
type Given = CpuArray | HostArray

function snapshot(value: RunValue, dtype: DType): Given {
  if (typeof value === "number") return hostArray(dtype, 1).fill(value)
  if (!(value instanceof CpuArray)) return (value as HostArray).slice()
  value.requireLive()
  return value
}
