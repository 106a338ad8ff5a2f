import {
  bytesOf,
  type CompileOptions,
  type DeviceArray,
  type DType,
  fromNumbers,
  type Graph,
  type HostArray,
  type MemoryReport,
  type ProfileRow,
  type Program,
  type RunValue,
  type Tensor,
} from "@tubelet/core"
import { CpuArray, type Storage } from "./array.js"
import type { Cpu } from "./cpu.js"
import { Part } from "./part.js"
import { type Plan, planGraph } from "./plan.js"
import { Run } from "./run.js"
import { Block } from "./wasm/index.js"

/**
 * Compiles a graph: parts become engine sessions, state updates become loops. Whatever parts
 * produce for each other and for updates, mostly gradients, is written directly to WebAssembly
 * memory, which is reused from run to run.
 */
export async function compileProgram(
  backend: Cpu,
  graph: Graph,
  { name = "step", profile = false, onProgress }: CompileOptions,
): Promise<Program> {
  const plan = planGraph(graph, backend.partBytes)
  const parts: Part[] = []
  const slabs: Block[] = []
  try {
    for (const part of plan.parts) {
      const options = { name, profile, alone: plan.parts.length === 1 }
      parts.push(await Part.load(backend.engine, part, options))
      onProgress?.(parts.length / plan.parts.length)
    }
    await backend.queue.add(() => {
      for (const bytes of plan.slabs) slabs.push(backend.arena.allocate(bytes))
    })
  } catch (error) {
    await backend.queue.add(() => free({ parts, slabs }))
    throw error
  }
  const program = new CpuProgram(backend, plan, parts, slabs)
  return profile ? Object.assign(program, { profile: () => program.readProfile() }) : program
}

/** The resources of a program. */
interface Held {
  readonly parts: readonly Part[]
  readonly slabs: readonly Block[]
}

async function free({ parts, slabs }: Held): Promise<void> {
  for (const part of parts) await part.session.release()
  for (const slab of slabs) slab.free()
}

/** The blocks of a plan, as parts of its slabs. */
const blocksOf = ({ places }: Plan, slabs: readonly Block[]): Map<Tensor, Block> =>
  new Map(
    [...places].map(([t, { slab, offset }]) => {
      const { memory, offset: start } = slabs[slab]
      return [t, new Block(memory, start + offset, bytesOf(t), () => {})]
    }),
  )

class CpuProgram implements Program {
  readonly #blocks: ReadonlyMap<Tensor, Block>
  #updateSeconds = 0
  #runs = 0

  constructor(
    readonly backend: Cpu,
    readonly plan: Plan,
    readonly parts: readonly Part[],
    readonly slabs: readonly Block[],
  ) {
    this.#blocks = blocksOf(plan, slabs)
  }

  run(values: readonly RunValue[]): DeviceArray[] {
    const { backend } = this
    const { graph } = this.plan
    backend.requireLive()
    const inputs = values.map((value, i) => snapshot(value, graph.inputs[i].tensor.dtype))
    const outputs = graph.outputs.map(({ tensor, into }) =>
      into === undefined
        ? new CpuArray(backend, backend.queue, tensor)
        : (inputs[into] as CpuArray),
    )
    void backend.queue.add(async () => {
      try {
        await this.#execute(inputs, outputs)
      } catch (error) {
        backend.queue.errors.add(error)
        for (const output of outputs) output.fail(error)
      }
    })
    return outputs
  }

  async #execute(inputs: readonly Given[], outputs: readonly CpuArray[]): Promise<void> {
    const run = new Run(this.plan, this.#blocks, inputs.map(storageOf))
    for (const i of this.plan.steps.keys()) {
      const part = this.parts[i]
      if (part) await run.compute(part)
      const started = performance.now()
      run.update(this.backend.loops, i)
      this.#updateSeconds += (performance.now() - started) / 1000
    }
    run.finish(outputs)
    this.#runs++
  }

  memory(): MemoryReport {
    const bytes = this.slabs.reduce((n, block) => n + block.byteLength, 0)
    return { bytesInUse: bytes, bytesReserved: bytes }
  }

  /** The time of all runs so far, by kind. Stops profiling. */
  async readProfile(): Promise<ProfileRow[]> {
    await this.backend.queue.add(() => undefined)
    const rows = new Map<string, ProfileRow>()
    const updates = { kernel: "state updates", calls: this.#runs, seconds: this.#updateSeconds }
    for (const row of [
      updates,
      ...(await Promise.all(this.parts.map((p) => p.profile()))).flat(),
    ]) {
      const { calls, seconds } = rows.get(row.kernel) ?? { calls: 0, seconds: 0 }
      const sum = { calls: calls + row.calls, seconds: seconds + row.seconds }
      rows.set(row.kernel, { kernel: row.kernel, ...sum })
    }
    return [...rows.values()].sort((a, b) => b.seconds - a.seconds)
  }

  async dispose(): Promise<void> {
    await this.backend.queue.add(() => free(this))
  }
}

/** Captures an input at the time of the `run` call. */
type Given = CpuArray | HostArray

const storageOf = (given: Given): Storage => (given instanceof CpuArray ? given.storage : given)

function snapshot(value: RunValue, dtype: DType): Given {
  if (typeof value === "number") return fromNumbers([value], dtype)
  if (!(value instanceof CpuArray)) return (value as HostArray).slice()
  value.requireLive()
  return value
}
