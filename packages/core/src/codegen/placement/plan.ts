import { mebibytes, partsOf, roundUp } from "../../bytes.js"
import { bytesOf, formatSpec } from "../../dtype.js"
import { TubeletError } from "../../errors.js"
import type { Graph } from "../../graph.js"
import { input } from "../../ops/source.js"
import {
  type Batch,
  batched,
  isGiven,
  type Kernel,
  lifetimesOf,
  type MemoryPlan,
  planMemory,
  readsOf,
  type Schedule,
  type Store,
  type TensorLifetime,
  writesOf,
} from "../../schedule/index.js"
import type { Tensor } from "../../tensor.js"

/** Where a tensor lies during a run. */
export type Placement =
  | { readonly kind: "slab"; readonly parts: readonly SlabRange[] }
  /** In the handle passed for an input, or in the program's copy of host data. */
  | { readonly kind: "input"; readonly input: number }
  | { readonly kind: "constant"; readonly constant: Tensor }

/** A range of one of the program's buffers. */
export interface SlabRange {
  readonly slab: number
  readonly offset: number
  readonly size: number
}

/** A copy at the end of a run. */
export interface Copy {
  readonly from: Tensor
  /** Devices that cannot copy within one buffer copy between handles by way of a slab. */
  readonly via?: Tensor
  /** The number of the output it fills. */
  readonly output: number
}

export interface Plan {
  readonly graph: Graph
  readonly kernels: readonly (Kernel | Batch)[]
  readonly placements: ReadonlyMap<Tensor, Placement>
  /** Larger tensors are split into parts of this many bytes. */
  readonly partBytes: number
  /** The size of each buffer for intermediates, in bytes. */
  readonly slabs: readonly number[]
  /** Peak bytes of live intermediates. */
  readonly liveBytes: number
  /** Inputs and constants that are also results, and where a run saves them before it starts. */
  readonly saved: readonly { readonly from: Tensor; readonly to: Tensor }[]
  readonly copies: readonly Copy[]
}

/** Device limits on kernels and memory. */
export interface PlacementLimits {
  /** Tensors start at multiples of this. */
  readonly alignment: number
  /** The most bytes of a buffer or binding. */
  readonly partBytes: number
  /** The most bindings of a kernel. */
  readonly operands: number
  /**
   * The most buffers that the members of a batch may use; each handle may be in a different one.
   */
  readonly batchBuffers: number
}

/** Places every tensor of a scheduled graph in memory and batches equal kernels. */
export function planKernels(
  graph: Graph,
  { kernels, inPlace }: Schedule,
  limits: PlacementLimits,
): Plan {
  const single = kernels.map((kernel) => overwriting(kernel, inPlace))
  for (const kernel of single) requireBindable(kernel, limits)
  const placements = givenPlacements(graph, single, inPlace)
  const { saved, copies } = results(graph, inPlace, placements)
  const shown = new Set(copies.map(({ from }) => from))
  const { partBytes } = limits
  const sizeOf = (t: Tensor): number => paddedSize(t, limits)

  /** Batches depend on the number of slabs for intermediates, and that on the batches. */
  const place = (slabs: number) => {
    const placed = batched(single, {
      sameMemory: (t) => inPlace.get(t) ?? t,
      bytesOf: (t) => (placements.has(t) ? 0 : sizeOf(t)),
      toTheEnd: (t) => shown.has(t),
      fits(members) {
        if (members.some((t) => bytesOf(t) > partBytes)) return false
        const inner = members.filter((t) => !placements.has(t)).length
        return members.length - inner + Math.min(inner, slabs) <= limits.batchBuffers
      },
    })
    const made = lifetimesOf(placed, { bytesOf: sizeOf, toTheEnd: (t) => shown.has(t) })
    const lives = [
      ...made.filter(({ tensor }) => !placements.has(tensor)),
      ...copyLives({ saved, copies }, placed.length, sizeOf),
    ].flatMap(({ bytes, ...life }) =>
      partsOf(bytes, partBytes).map((part) => ({ ...life, bytes: part })),
    )
    return { kernels: placed, lives, memory: planMemory(lives, partBytes) }
  }
  const inOne = place(1)
  const plan = inOne.memory.slabs.length <= 1 ? inOne : place(Number.POSITIVE_INFINITY)
  for (const [t, parts] of slabRanges(plan.lives, plan.memory))
    placements.set(t, { kind: "slab", parts })
  const { slabs, liveBytes } = plan.memory
  return { graph, kernels: plan.kernels, placements, partBytes, slabs, liveBytes, saved, copies }
}

const paddedSize = (t: Tensor, { alignment }: PlacementLimits): number =>
  roundUp(Math.max(1, bytesOf(t)), alignment)

/** The placements of inputs, constants and results that overwrite donated inputs. */
function givenPlacements(
  graph: Graph,
  kernels: readonly Kernel[],
  inPlace: Schedule["inPlace"],
): Map<Tensor, Placement> {
  const placements = new Map<Tensor, Placement>()
  for (const [i, { tensor }] of graph.inputs.entries()) {
    placements.set(tensor, { kind: "input", input: i })
  }
  for (const [next, old] of inPlace) placements.set(next, placements.get(old)!)
  for (const t of kernels.flatMap((kernel) => [...readsOf(kernel)])) {
    if (isConstant(t)) placements.set(t, { kind: "constant", constant: t })
  }
  return placements
}

/** Parts of tensors, in order. */
function slabRanges(
  lives: readonly TensorLifetime[],
  { places }: MemoryPlan,
): Map<Tensor, SlabRange[]> {
  const parts = new Map<Tensor, SlabRange[]>()
  for (const life of lives) {
    const range = { ...places.get(life)!, size: life.bytes }
    parts.set(life.tensor, [...(parts.get(life.tensor) ?? []), range])
  }
  return parts
}

/**
 * Whether a tensor is a stored constant. A constant of a single value is not: kernels inline it.
 */
const isConstant = (t: Tensor): boolean => isGiven(t) && t.node.op.name === "constant"

/** Throws if a single kernel needs more bindings than the device has. */
function requireBindable(kernel: Kernel, limits: PlacementLimits): void {
  const { operands, partBytes } = limits
  const accessed = [...new Set([...readsOf(kernel), ...writesOf(kernel)])]
  const bindings = accessed.reduce(
    (sum, t) => sum + partsOf(paddedSize(t, limits), partBytes).length,
    0,
  )
  if (bindings <= operands) return
  const largest = accessed.reduce((a, b) => (bytesOf(b) > bytesOf(a) ? b : a))
  throw new TubeletError(
    `${formatSpec(largest)} of ${largest.node.op.name} is too large: its kernel needs ` +
      `${bindings} bindings of ${mebibytes(partBytes)}; this device has ${operands}`,
    "use a smaller batch size, fewer frames or a smaller model",
  )
}

/** A kernel that reads and writes a donated tensor binds it once. */
function overwriting(kernel: Kernel, over: ReadonlyMap<Tensor, Tensor>): Kernel {
  const renamed = (stores: readonly Store[]) =>
    stores.map((s) => ({ ...s, tensor: over.get(s.tensor) ?? s.tensor }))
  if (kernel.kind === "matmul") return { ...kernel, stores: renamed(kernel.stores) }
  if (kernel.kind === "opaque") return kernel
  const { outerStores, innerStores } = kernel
  return { ...kernel, outerStores: renamed(outerStores), innerStores: renamed(innerStores) }
}

/** Results that no kernel wrote to their handle, and what to copy there. */
function results(
  graph: Graph,
  inPlace: Schedule["inPlace"],
  placements: Map<Tensor, Placement>,
): Pick<Plan, "saved" | "copies"> {
  const saved: { from: Tensor; to: Tensor }[] = []
  const copies: Copy[] = []
  for (const [output, { tensor, into }] of graph.outputs.entries()) {
    const target = into === undefined ? undefined : graph.inputs[into].tensor
    if (target !== undefined && (target === tensor || inPlace.get(tensor) === target)) continue
    if (isConstant(tensor))
      placements.set(tensor, placements.get(tensor) ?? { kind: "constant", constant: tensor })
    if (isGiven(tensor)) {
      const to = input("saved", tensor)
      saved.push({ from: tensor, to })
      copies.push({ from: to, output })
    } else if (inPlace.has(tensor)) {
      copies.push({ from: tensor, via: input("passing", tensor), output })
    } else copies.push({ from: tensor, output })
  }
  return { saved, copies }
}

/** The lifetimes of the copies' sources; saved tensors live from the start. */
function copyLives(
  { saved, copies }: Pick<Plan, "saved" | "copies">,
  last: number,
  sizeOf: (t: Tensor) => number,
): TensorLifetime[] {
  const kept = saved.map(({ to }) => ({ tensor: to, bytes: sizeOf(to), first: 0, last }))
  const passing = copies.flatMap(({ via }) =>
    via ? [{ tensor: via, bytes: sizeOf(via), first: last, last }] : [],
  )
  return [...kept, ...passing]
}
