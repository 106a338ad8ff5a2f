import { bytesOf, formatSpec, type Graph, input, type Tensor, TubeletError } from "@tubelet/core"
import {
  type Batch,
  batched,
  isGiven,
  type Kernel,
  lifetimesOf,
  planMemory,
  readsOf,
  type Schedule,
  type Store,
  type TensorLifetime,
  writesOf,
} from "@tubelet/core/schedule"
import { alignment, mebibytes, partsOf, roundUp } from "./room.js"

/** Where a tensor lies while a program runs. */
export type Home =
  | { readonly kind: "slab"; readonly parts: readonly SlabRange[] }
  /** In the handle given for an input, or in the program's own copy of host data. */
  | { readonly kind: "input"; readonly input: number }
  | { readonly kind: "constant"; readonly constant: Tensor }

/** Bytes of one of a program's own buffers. */
export interface SlabRange {
  readonly slab: number
  readonly offset: number
  readonly size: number
}

/** A copy at the end of a run. */
export interface Copy {
  readonly from: Tensor
  /** Within one buffer WebGPU copies nothing: from handle to handle it goes by way of a slab. */
  readonly via?: Tensor
  /** The number of the output that takes it. */
  readonly output: number
}

export interface Plan {
  readonly graph: Graph
  readonly kernels: readonly (Kernel | Batch)[]
  readonly homes: ReadonlyMap<Tensor, Home>
  /** Tensors of more bytes lie in parts of so many. */
  readonly partBytes: number
  /** Bytes of each buffer of intermediate tensors. */
  readonly slabs: readonly number[]
  /** The most bytes of intermediate tensors alive at once. */
  readonly liveBytes: number
  /** Inputs and constants that are results too, and where they are kept from the start. */
  readonly saved: readonly { readonly from: Tensor; readonly to: Tensor }[]
  readonly copies: readonly Copy[]
}

const roomOf = (t: Tensor): number => roundUp(Math.max(1, bytesOf(t)), alignment)

/** What a device can do with kernels and memory. */
export interface Room {
  /** The most bytes of one buffer and binding. */
  readonly partBytes: number
  /** The most bindings of one kernel. */
  readonly operands: number
  /** The buffers that a member of a batch may lie in; each handle may have one of its own. */
  readonly batchBuffers: number
}

/** Says where every tensor of a scheduled graph lies; kernels that do the same become batches. */
export function planHomes(
  graph: Graph,
  { kernels, inPlace }: Schedule,
  { partBytes, operands, batchBuffers }: Room,
): Plan {
  const homes = new Map<Tensor, Home>()
  for (const [i, { tensor }] of graph.inputs.entries())
    homes.set(tensor, { kind: "input", input: i })
  for (const [next, old] of inPlace) homes.set(next, homes.get(old)!)
  const single = kernels.map((kernel) => overwriting(kernel, inPlace))
  for (const kernel of single) {
    requireBindable(kernel, operands, partBytes)
    for (const t of readsOf(kernel))
      if (isConstant(t)) homes.set(t, { kind: "constant", constant: t })
  }
  const { saved, copies } = results(graph, inPlace, homes)
  const copied = new Set(copies.map(({ from }) => from))
  const place = (slabs: number) => {
    const placed = batched(single, {
      sameMemory: (t) => inPlace.get(t) ?? t,
      bytesOf: (t) => (homes.has(t) ? 0 : roomOf(t)),
      toTheEnd: (t) => copied.has(t),
      fits(members) {
        if (members.some((t) => bytesOf(t) > partBytes)) return false
        const inner = members.filter((t) => !homes.has(t)).length
        return members.length - inner + Math.min(inner, slabs) <= batchBuffers
      },
    })
    const lives = lifetimes(placed, homes, saved, copies).flatMap(({ bytes, ...life }) =>
      partsOf(bytes, partBytes).map((part) => ({ ...life, bytes: part })),
    )
    return { kernels: placed, lives, memory: planMemory(lives, partBytes) }
  }
  const inOne = place(1)
  const {
    kernels: placed,
    lives,
    memory,
  } = inOne.memory.slabs.length <= 1 ? inOne : place(Number.POSITIVE_INFINITY)
  const parts = new Map<Tensor, SlabRange[]>()
  for (const life of lives) {
    const range = { ...memory.places.get(life)!, size: life.bytes }
    parts.set(life.tensor, [...(parts.get(life.tensor) ?? []), range])
  }
  for (const [t, ranges] of parts) homes.set(t, { kind: "slab", parts: ranges })
  const { slabs, liveBytes } = memory
  return { graph, kernels: placed, homes, partBytes, slabs, liveBytes, saved, copies }
}

/** Elements known when compiling; a constant of one value is written by kernels, if at all. */
const isConstant = (t: Tensor): boolean => isGiven(t) && t.node.op.name === "constant"

/** Throws where even a kernel by itself touches tensors in more parts than a device binds. */
function requireBindable(kernel: Kernel, operands: number, partBytes: number): void {
  const touched = [...new Set([...readsOf(kernel), ...writesOf(kernel)])]
  const bindings = touched.reduce((sum, t) => sum + partsOf(roomOf(t), partBytes).length, 0)
  if (bindings <= operands) return
  const largest = touched.reduce((a, b) => (bytesOf(b) > bytesOf(a) ? b : a))
  throw new TubeletError(
    `${formatSpec(largest)} of ${largest.node.op.name} is too large: its kernel needs ` +
      `${bindings} bindings of ${mebibytes(partBytes)}, and this GPU has ${operands}`,
    "turn down the batch, the frames or the model",
  )
}

/** A kernel that reads and writes a donated tensor names it once. */
function overwriting(kernel: Kernel, over: ReadonlyMap<Tensor, Tensor>): Kernel {
  const renamed = (stores: readonly Store[]) =>
    stores.map((s) => ({ ...s, tensor: over.get(s.tensor) ?? s.tensor }))
  if (kernel.kind === "matmul") return { ...kernel, stores: renamed(kernel.stores) }
  if (kernel.kind === "whole") return kernel
  const { outerStores, innerStores } = kernel
  return { ...kernel, outerStores: renamed(outerStores), innerStores: renamed(innerStores) }
}

/** What is copied to the handles of results that no kernel wrote there. */
function results(
  graph: Graph,
  inPlace: Schedule["inPlace"],
  homes: Map<Tensor, Home>,
): Pick<Plan, "saved" | "copies"> {
  const saved: { from: Tensor; to: Tensor }[] = []
  const copies: Copy[] = []
  for (const [output, { tensor, into }] of graph.outputs.entries()) {
    const target = into === undefined ? undefined : graph.inputs[into]!.tensor
    if (target !== undefined && (target === tensor || inPlace.get(tensor) === target)) continue
    if (isConstant(tensor))
      homes.set(tensor, homes.get(tensor) ?? { kind: "constant", constant: tensor })
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

/** The lives of what needs a place of its own: what kernels write, and what copies go by. */
function lifetimes(
  kernels: readonly (Kernel | Batch)[],
  homes: ReadonlyMap<Tensor, Home>,
  saved: Plan["saved"],
  copies: readonly Copy[],
): TensorLifetime[] {
  const shown = new Set(copies.map(({ from }) => from))
  const [first, last] = [0, kernels.length]
  const made = lifetimesOf(kernels, { bytesOf: roomOf, toTheEnd: (t) => shown.has(t) })
  const kept = saved.map(({ to }) => ({ tensor: to, bytes: roomOf(to), first, last }))
  const passing = copies.flatMap(({ via }) =>
    via ? [{ tensor: via, bytes: roomOf(via), first: last, last }] : [],
  )
  return [...made.filter(({ tensor }) => !homes.has(tensor)), ...kept, ...passing]
}
