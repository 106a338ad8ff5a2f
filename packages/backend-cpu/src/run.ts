import { type GraphOutput, type HostArray, hostArray, type Tensor } from "@tubelet/core"
import { type CpuArray, elementsOf, type Storage } from "./array.js"
import type { Part } from "./part.js"
import type { Plan } from "./plan.js"
import { type Block, type LoopRunner, runSteps, writeResults } from "./wasm/index.js"

/** One run of a plan: where each tensor is stored. */
export class Run {
  readonly #at: Map<Tensor, Storage>
  /** The scalars of the updates. */
  readonly #slots: Float64Array
  /** The destinations of the updates' outputs, in order. */
  readonly #targets: readonly Storage[]
  /** Inputs that are returned, as they were before this run. */
  readonly #before: ReadonlyMap<GraphOutput, HostArray>

  /** `inputs` are in the graph's order; `blocks` are those of the plan's places. */
  constructor(
    readonly plan: Plan,
    readonly blocks: ReadonlyMap<Tensor, Block>,
    readonly inputs: readonly Storage[],
  ) {
    const { graph, update, updates } = plan
    this.#at = new Map<Tensor, Storage>(blocks)
    for (const [i, { tensor }] of graph.inputs.entries()) this.#at.set(tensor, inputs[i])
    this.#slots = new Float64Array(updates.slots)
    this.#targets = update.outputs.map(({ tensor, into }) =>
      into === undefined ? hostArray(tensor.dtype, tensor.size) : inputs[into],
    )
    const early = graph.outputs.filter((output) => !update.outputs.includes(output))
    const returned = early.filter(({ tensor }) => tensor.node.op.name === "input")
    this.#before = new Map(returned.map((o) => [o, this.#elements(o.tensor).slice()]))
  }

  /** Runs a part; outputs without a block are returned in new arrays. */
  async compute(part: Part): Promise<void> {
    const found = await part.run(
      (t) => this.#elements(t),
      (t) => (this.blocks.has(t) ? this.#elements(t) : undefined),
    )
    for (const [t, array] of found) if (!this.blocks.has(t)) this.#at.set(t, array)
  }

  /** Runs the updates that become possible after a part. */
  update(loops: LoopRunner, after: number): void {
    const { update, steps } = this.plan
    const values = update.inputs.map(({ tensor }) => this.#at.get(tensor)!)
    runSteps(loops, steps[after], this.#slots, update, values, this.#targets)
  }

  /** Delivers the results. */
  finish(outputs: readonly CpuArray[]): void {
    const { graph, update, updates } = this.plan
    writeResults(updates, this.#slots, update, this.#targets)
    const taken = new Set<Storage>()
    const results = graph.outputs.map((output): Storage => {
      const at = update.outputs.indexOf(output)
      if (at >= 0) return this.#targets[at]
      const array = this.#before.get(output) ?? this.#elements(output.tensor)
      const own = taken.has(array) ? array.slice() : array
      taken.add(own)
      return own
    })
    for (const [i, { tensor, into }] of graph.outputs.entries()) {
      if (into === undefined) outputs[i].storage = results[i]
      else if (results[i] !== this.inputs[into]) {
        elementsOf(this.inputs[into], tensor.dtype).set(results[i] as HostArray)
      }
    }
  }

  #elements(t: Tensor): HostArray {
    return elementsOf(this.#at.get(t)!, t.dtype)
  }
}
