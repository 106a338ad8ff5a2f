import { bytesOf, type Graph, type Tensor } from "@tubelet/core"
import { fuseUpdates, splitUpdates, type UpdateProgram } from "@tubelet/core/loops"
import { type Place, planMemory } from "@tubelet/core/schedule"
import { shareProbabilities } from "./attention.js"
import { type Partition, partition } from "./parts/partition.js"
import { planUpdates } from "./parts/update-plan.js"
import { canLoop } from "./wasm/index.js"

/** How to run a graph: part by part, each followed by the updates it makes possible. */
export interface Plan {
  /** The graph to run, after this backend's passes. All tensors below belong to it. */
  readonly graph: Graph
  readonly parts: readonly Graph[]
  readonly update: Graph
  readonly updates: UpdateProgram
  /** The steps of `updates` to run after each part. */
  readonly steps: readonly UpdateProgram["steps"][]
  /** The places in slabs of tensors that parts produce for each other and for updates. */
  readonly places: ReadonlyMap<Tensor, Place>
  /** Bytes of memory blocks to allocate. */
  readonly slabs: readonly number[]
}

const slabBytes = 2 ** 30
/** Where a tensor may begin. */
const alignment = 64
const nothing: Partition = { parts: [], kept: new Set() }

/**
 * The output of one or two blocks of a base model. Between blocks the least memory is live, and
 * gradients are applied after each part: larger parts would hold more at once, smaller ones keep
 * more for each other.
 */
const defaultPartBytes = 96 * 2 ** 20

/** Plans a run in parts that produce about `partBytes` of tensors each. */
export function planGraph(given: Graph, partBytes = defaultPartBytes): Plan {
  const graph = shareProbabilities(given)
  const { compute, update } = splitUpdates(graph, canLoop)
  const outputs = compute.outputs.filter(({ tensor }) => tensor.node.op.name !== "input")
  const { parts, kept } =
    outputs.length === 0 ? nothing : partition({ inputs: graph.inputs, outputs }, partBytes)
  const madeIn = new Map(parts.flatMap((p, i) => p.outputs.map((o) => [o.tensor, i] as const)))
  const readIn = new Map(parts.flatMap((p, i) => p.inputs.map((x) => [x.tensor, i] as const)))
  const updates = fuseUpdates(update, canLoop)
  const { steps, lastUse } = planUpdates(updates, update, parts.length, {
    made: (i) => madeIn.get(update.inputs[i].tensor) ?? -1,
    lastRead: (i) => readIn.get(update.inputs[i].tensor) ?? -1,
  })
  const usedIn = new Map(update.inputs.map(({ tensor }, i) => [tensor, lastUse[i]]))
  const shown = new Set(graph.outputs.map((o) => o.tensor))
  const cut = update.inputs.slice(graph.inputs.length).map((x) => x.tensor)
  const intermediates = [...new Set([...kept, ...cut])].filter(
    (t) => madeIn.has(t) && !shown.has(t),
  )
  const lifetimes = intermediates.map((tensor) => {
    const first = madeIn.get(tensor)!
    const last = Math.max(first, readIn.get(tensor) ?? 0, usedIn.get(tensor) ?? 0)
    return { tensor, bytes: Math.ceil(bytesOf(tensor) / alignment) * alignment, first, last }
  })
  const { places: placed, slabs } = planMemory(lifetimes, slabBytes)
  const places = new Map([...placed].map(([{ tensor }, place]) => [tensor, place]))
  return { graph, parts, update, updates, steps, places, slabs }
}
