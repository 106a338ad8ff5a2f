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
import { bytesOf, Pool } from "./pool.js"
import { cutStages, type Stage } from "./stages.js"
import { planUpdates, type UpdatePlan } from "./update-plan.js"
import { type Block, canLoop, runSteps, writeResults } from "./wasm/index.js"

/** All that compilation decides. */
interface Plan {
  readonly graph: Graph
  readonly split: Split
  readonly updates: UpdateProgram
  readonly stages: readonly Stage[]
  readonly schedule: UpdatePlan
  /** Where tensors lie that one stage makes and another, or an update, reads. */
  readonly blocks: ReadonlyMap<Tensor, Block>
}

/**
 * Cuts a graph in two: matrix products and all else for the engine, in stages, and the state
 * updates, one pass each over memory, as soon as their gradients are there. What passes between
 * them is written straight into WebAssembly memory, which is planned once.
 */
export async function compileProgram(
  backend: CpuBackend,
  graph: Graph,
  { name = "step", profile = false, onProgress }: CompileOptions,
): Promise<Program> {
  const split = splitUpdates(graph, canLoop)
  const updates = fuseUpdates(split.update, canLoop)
  const outputs = split.compute.outputs.filter(({ tensor }) => tensor.node.op.name !== "input")
  const cut = new Set(split.update.inputs.slice(graph.inputs.length).map((i) => i.tensor))
  const stages = cutStages({ inputs: graph.inputs, outputs }, cut, backend.stageBytes)
  const schedule = planUpdates(updates, split.update, stages.length, timesOf(split.update, stages))

  const computes: Compute[] = []
  for (const stage of stages) {
    computes.push(await Compute.load(backend.engine, stage.graph, { name, profile }))
    onProgress?.(computes.length / (stages.length + 1))
  }
  const pool = new Pool(backend.arena)
  const shown = new Set(graph.outputs.map((o) => o.tensor))
  const blocks = await backend.queue.add(() =>
    placeTensors(stages, schedule, split.update, shown, pool),
  )
  onProgress?.(1)
  const plan = { graph, split, updates, stages, schedule, blocks }
  const program = new CpuProgram(backend, plan, computes, pool)
  return profile ? Object.assign(program, { profile: () => program.readProfile() }) : program
}

/** When each input of the updates is made and last read by a stage. */
function timesOf(update: Graph, stages: readonly Stage[]) {
  const made = new Map<Tensor, number>()
  const read = new Map<Tensor, number>()
  for (const [at, { makes, reads }] of stages.entries()) {
    for (const t of makes) made.set(t, at)
    for (const t of reads) read.set(t, at)
  }
  const tensor = (i: number) => update.inputs[i]!.tensor
  return {
    made: (i: number) => made.get(tensor(i)) ?? -1,
    lastRead: (i: number) => read.get(tensor(i)) ?? -1,
  }
}

/** Gives each tensor between stages a block; results that are shown get fresh arrays instead. */
function placeTensors(
  stages: readonly Stage[],
  { lastUse }: UpdatePlan,
  update: Graph,
  shown: ReadonlySet<Tensor>,
  pool: Pool,
): Map<Tensor, Block> {
  const last = new Map(update.inputs.map(({ tensor }, i) => [tensor, lastUse[i]!]))
  for (const [at, { reads }] of stages.entries()) {
    for (const t of reads) last.set(t, Math.max(at, last.get(t) ?? -1))
  }
  const blocks = new Map<Tensor, Block>()
  for (const [at, { makes }] of stages.entries()) {
    for (const t of makes) if (!shown.has(t)) blocks.set(t, pool.take(bytesOf(t)))
    for (const [t, block] of blocks) if (last.get(t) === at) pool.give(block)
  }
  return blocks
}

class CpuProgram implements Program {
  #updateSeconds = 0
  #runs = 0

  constructor(
    readonly backend: CpuBackend,
    readonly plan: Plan,
    readonly computes: readonly Compute[],
    readonly pool: Pool,
  ) {}

  run(values: readonly RunValue[]): DeviceArray[] {
    const { backend } = this
    const { graph } = this.plan
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
    const { graph, split, updates, blocks } = this.plan
    const given = inputs.map((x) => (x instanceof CpuArray ? x.storage : x))
    const places = new Map<Tensor, Storage>(blocks)
    for (const [i, { tensor }] of graph.inputs.entries()) places.set(tensor, given[i]!)
    const before = this.#shownInputs(places)
    const late = split.update.outputs.map(({ tensor, into }) =>
      into === undefined ? hostArray(tensor.dtype, tensor.size) : given[into]!,
    )
    const slots = new Float64Array(updates.slots)
    for (const stage of this.plan.schedule.steps.keys()) {
      await this.#compute(stage, places)
      this.#update(stage, slots, places, late)
    }
    writeResults(updates, slots, split.update, late)
    this.#runs++
    for (const [t, data] of before) places.set(t, data)
    this.#deliver(places, late, given, outputs)
  }

  /** Inputs that are results too, as they are before anything is overwritten. */
  #shownInputs(places: ReadonlyMap<Tensor, Storage>): Map<Tensor, HostArray> {
    const { graph, split } = this.plan
    const early = graph.outputs.filter((output) => !split.update.outputs.includes(output))
    const inputs = early.filter(({ tensor }) => tensor.node.op.name === "input")
    return new Map(inputs.map(({ tensor: t }) => [t, elements(places.get(t)!, t).slice()]))
  }

  /** Runs one stage in the engine; what has no block comes back in arrays of its own. */
  async #compute(at: number, places: Map<Tensor, Storage>): Promise<void> {
    const stage = this.plan.stages[at]
    if (stage === undefined) return
    const { graph, reads, makes } = stage
    const original = new Map([
      ...graph.inputs.map(({ tensor }, i) => [tensor, reads[i]!] as const),
      ...graph.outputs.map(({ tensor }, i) => [tensor, makes[i]!] as const),
    ])
    const whole = (t: Tensor) => original.get(t)!
    const found = await this.computes[at]!.run(
      (t) => elements(places.get(whole(t))!, t),
      (t) => {
        const block = this.plan.blocks.get(whole(t))
        return block && elements(block, t)
      },
    )
    for (const [t, data] of found) if (!places.has(whole(t))) places.set(whole(t), data)
  }

  #update(
    at: number,
    slots: Float64Array,
    places: ReadonlyMap<Tensor, Storage>,
    late: readonly Storage[],
  ): void {
    const { split, schedule } = this.plan
    const started = performance.now()
    const values = split.update.inputs.map(({ tensor }) => places.get(tensor)!)
    runSteps(this.backend.loops, schedule.steps[at]!, slots, split.update, values, late)
    this.#updateSeconds += (performance.now() - started) / 1000
  }

  /** Puts results where their handles find them. */
  #deliver(
    places: ReadonlyMap<Tensor, Storage>,
    late: readonly Storage[],
    given: readonly Storage[],
    outputs: readonly CpuArray[],
  ): void {
    const { graph, split } = this.plan
    const taken = new Set<Storage>(given)
    const own = (t: Tensor): HostArray => {
      const place = places.get(t)!
      const fresh = !taken.has(place) && !this.plan.blocks.has(t)
      taken.add(place)
      return fresh ? (place as HostArray) : elements(place, t).slice()
    }
    // All values are read before the first donated one is written: two may change places.
    const results = graph.outputs.map((output) => {
      const at = split.update.outputs.indexOf(output)
      return at < 0 ? own(output.tensor) : late[at]!
    })
    for (const [i, { tensor, into }] of graph.outputs.entries()) {
      if (into === undefined) outputs[i]!.storage = results[i]!
      else if (results[i] !== given[into]) {
        elementsOf(given[into]!, tensor.dtype).set(results[i] as HostArray)
      }
    }
  }

  memory(): MemoryReport {
    const bytes = this.pool.byteLength
    return { bytesInUse: bytes, bytesReserved: bytes }
  }

  /** Where the time of all runs so far went. Measuring ends with it. */
  async readProfile(): Promise<ProfileRow[]> {
    await this.backend.queue.add(() => undefined)
    const rows = new Map<string, ProfileRow>()
    for (const compute of this.computes) {
      for (const { kernel, calls, seconds } of await compute.profile()) {
        const before = rows.get(kernel) ?? { calls: 0, seconds: 0 }
        const sum = { calls: before.calls + calls, seconds: before.seconds + seconds }
        rows.set(kernel, { kernel, ...sum })
      }
    }
    const updates = { kernel: "state updates", calls: this.#runs, seconds: this.#updateSeconds }
    return [...rows.values(), updates].sort((a, b) => b.seconds - a.seconds)
  }

  async dispose(): Promise<void> {
    await this.backend.queue.add(async () => {
      for (const compute of this.computes) await compute.session.release()
      this.pool.free()
    })
  }
}

/** The elements of one tensor: a block may have room for more. */
const elements = (storage: Storage, { dtype, size }: Tensor): HostArray =>
  elementsOf(storage, dtype).subarray(0, size)

/** An input as it is when `run` is called. */
type Given = CpuArray | HostArray

function snapshot(value: RunValue, dtype: DType): Given {
  if (typeof value === "number") return hostArray(dtype, 1).fill(value)
  if (!(value instanceof CpuArray)) return (value as HostArray).slice()
  value.requireLive()
  return value
}
