import { bytesOf, type Graph, type Tensor } from "@tubelet/core"
import {
  type Expression,
  expressionsOf,
  inOrder,
  type Kernel,
  readsOf,
  type Schedule,
  writesOf,
} from "@tubelet/core/schedule"

/** A kernel, or all kernels that only update state, as a box of the drawing. */
export interface Box {
  readonly kind: "map" | "rows" | "columns" | "matmul" | "own" | "update"
  readonly title: string
  /** The ops it computes, in order. */
  readonly ops: string
  /** Names of the graph inputs that it reads. */
  readonly given: readonly string[]
  /** Donated state that it overwrites, and results of the step. */
  readonly gives: readonly string[]
  readonly edges: readonly Edge[]
}

/** Tensors that come from another box. */
export interface Edge {
  readonly from: number
  readonly bytes: number
  readonly shape: string
}

/** The kernels of a graph as boxes, in execution order. */
export function boxesOf(graph: Graph, { kernels, inPlace }: Schedule): Box[] {
  const isUpdate = (k: Kernel) =>
    k.kind === "nest" &&
    k.reductions.length === 0 &&
    writesOf(k).every((t) => inPlace.has(t)) &&
    // A scalar, such as the learning rate, is not a weight.
    writesOf(k).some((t) => t.size > 1)
  const groups: Kernel[][] = kernels.filter((k) => !isUpdate(k)).map((k) => [k])
  const updates = kernels.filter(isUpdate)
  if (updates.length > 0) groups.push(updates)

  const maker = new Map<Tensor, number>()
  for (const [i, group] of groups.entries()) {
    for (const k of group) for (const t of writesOf(k)) maker.set(t, i)
  }
  const names = new Map(graph.inputs.map((x) => [x.tensor, nameOf(x.path)]))
  const results = new Map(graph.outputs.map((o) => [o.tensor, nameOf(o.path)]))
  return groups.map((group, i) => {
    const reads = [...new Set(group.flatMap((k) => [...readsOf(k)]))]
    const writes = group.flatMap(writesOf)
    const isState = updates.length > 0 && group === updates
    return {
      ...(isState ? updateWords(updates) : words(group[0])),
      given: isState ? [] : reads.flatMap((t) => names.get(t) ?? []),
      gives: isState ? [stateWords(writes)] : writes.flatMap((t) => results.get(t) ?? []),
      edges: edgesInto(i, reads, maker),
    }
  })
}

/** The end of `params/encoder.blocks.0.attn.qkv.weight` is enough; moments keep their kind. */
const nameOf = (path: string): string => path.replace(/^(params|batch|optimizer)\//, "")

const updateWords = (updates: readonly Kernel[]): Pick<Box, "kind" | "title" | "ops"> => ({
  kind: "update",
  title: `${updates.length} kernels update state`,
  ops: opsOf(updates.slice(0, 1)),
})

const stateWords = (writes: readonly Tensor[]): string =>
  `${writes.length} tensors in place, ${formatBytes(writes.reduce((n, t) => n + bytesOf(t), 0))}`

function words(kernel: Kernel): Pick<Box, "kind" | "title" | "ops"> {
  const ops = opsOf([kernel])
  if (kernel.kind === "opaque") {
    const { op, inputs } = kernel.node
    return { kind: "own", title: op.name, ops: `of ${inputs[0].shape.join(" × ")}` }
  }
  if (kernel.kind === "matmul") {
    const { batch, m, n, k } = kernel
    const title = `${batch > 1 ? `${batch} of ` : ""}${m} × ${k} times ${k} × ${n}`
    return { kind: "matmul", title, ops }
  }
  const { outer, inner, reductions } = kernel
  if (reductions.length === 0) return { kind: "map", title: `map of ${outer}`, ops }
  const kind = readsRows(kernel) ? "rows" : "columns"
  return { kind, title: `${outer} ${kind} of ${inner}`, ops }
}

/** Whether a nest reduces contiguous rows. */
const readsRows = (kernel: Kernel & { kind: "nest" }): boolean =>
  kernel.innerStores.length > 0 ||
  inOrder(kernel.reductions.map((x) => x.value)).some(
    (x) =>
      x.kind === "load" &&
      x.at.terms.some((t) => t.factor === 1 && t.atom.kind === "variable" && t.atom.name === "r"),
  )

/** `sub, mul, 2 exp`: each op once, with its count. */
function opsOf(kernels: readonly Kernel[]): string {
  const counts = new Map<string, number>()
  const count = (op: string) => counts.set(op, (counts.get(op) ?? 0) + 1)
  for (const kernel of kernels) {
    if (kernel.kind === "nest") for (const { op } of kernel.reductions) count(op)
    for (const x of inOrder(expressionsOf(kernel))) if (isOp(x)) count(x.op)
  }
  return [...counts].map(([op, n]) => (n > 1 ? `${n} ${op}` : op)).join(", ")
}

const isOp = (x: Expression): x is Expression & { kind: "apply" } => x.kind === "apply"

function edgesInto(box: number, reads: readonly Tensor[], maker: ReadonlyMap<Tensor, number>) {
  const edges = new Map<number, Tensor[]>()
  for (const t of reads) {
    const from = maker.get(t)
    if (from !== undefined && from !== box) edges.set(from, [...(edges.get(from) ?? []), t])
  }
  return [...edges].map(([from, tensors]): Edge => {
    const shape = tensors.length > 1 ? `${tensors.length} tensors` : shapeOf(tensors[0])
    return { from, bytes: tensors.reduce((n, t) => n + bytesOf(t), 0), shape }
  })
}

const shapeOf = ({ dtype, shape }: Tensor): string => `${dtype} ${shape.join(" × ") || "scalar"}`

export function formatBytes(bytes: number): string {
  if (bytes >= 2 ** 20) return `${(bytes / 2 ** 20).toFixed(1)} MiB`
  return bytes >= 2 ** 10 ? `${(bytes / 2 ** 10).toFixed(1)} KiB` : `${bytes} B`
}
