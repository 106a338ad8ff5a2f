import { bytesPerElement } from "../dtype.js"
import { expressionsOf, writesOf } from "../schedule/accesses.js"
import { loadsOf } from "../schedule/expression.js"
import type { Kernel, Strided } from "../schedule/kernel.js"
import type { Tensor } from "../tensor.js"

/** What a kernel moves and computes, whatever prints it. */
export interface Work {
  /** What it reads and writes, each element once, however often caches must fetch it. */
  readonly bytes: number
  /** Operations of products and attention, two for a multiply-add; all else is next to nothing. */
  readonly flops: number
}

/** The work of one run of a kernel. */
export const workOf = (kernel: Kernel): Work => ({
  bytes: total(traffic(kernel)),
  flops: flopsOf(kernel),
})

/**
 * The bytes of a kernel that no fusion could save: all of a product, of attention, of a reduction.
 * A map alone could be computed where its result is read; only what it takes from and gives to
 * others than kernels (`isOutside`: inputs and results of the graph) is left of it.
 */
export function leastBytes(kernel: Kernel, isOutside: (t: Tensor) => boolean): number {
  const isMap = kernel.kind === "nest" && kernel.reductions.length === 0
  return total(traffic(kernel).filter(({ tensor }) => !isMap || isOutside(tensor)))
}

interface Moved {
  readonly tensor: Tensor
  readonly bytes: number
}

const total = (moved: readonly Moved[]): number => moved.reduce((sum, { bytes }) => sum + bytes, 0)

/** What a kernel reads of each tensor, then what it writes. */
function traffic(kernel: Kernel): Moved[] {
  const read = new Map<Tensor, number>()
  const add = (t: Tensor, elements: number) => read.set(t, (read.get(t) ?? 0) + elements)
  for (const x of stridedIn(kernel)) add(x.tensor, reached(x))
  for (const { tensor } of loadsOf(expressionsOf(kernel))) add(tensor, stepsOf(kernel))
  const reads = [...read].map(([t, elements]) => moved(t, Math.min(t.size, elements)))
  const written = kernel.kind === "opaque" ? kernel.node.outputs : writesOf(kernel)
  return [...reads, ...written.map((t) => moved(t, t.size))]
}

const moved = (tensor: Tensor, elements: number): Moved => ({
  tensor,
  bytes: elements * bytesPerElement(tensor.dtype),
})

/** A strided operand and the lengths of its axes. */
type View = Strided & { readonly shape: readonly number[] }

function stridedIn(kernel: Kernel): View[] {
  if (kernel.kind === "nest") return []
  if (kernel.kind === "opaque") {
    return kernel.operands.map((x, i) => ({ ...x, shape: kernel.node.inputs[i].shape }))
  }
  const { batch, m, n, k, a, b } = kernel
  return [
    { ...a, shape: [batch, m, k] },
    { ...b, shape: [batch, k, n] },
  ]
}

/** Elements behind an operand: an axis of stride 0 shows the same ones again. */
const reached = ({ shape, strides }: View): number =>
  shape.reduce((n, d, axis) => (strides[axis] === 0 ? n : n * d), 1)

/** How often a load can take place at most. */
function stepsOf(kernel: Kernel): number {
  if (kernel.kind === "nest") return kernel.outer * kernel.inner
  return kernel.kind === "matmul" ? kernel.batch * kernel.m * kernel.n : 0
}

function flopsOf(kernel: Kernel): number {
  if (kernel.kind === "matmul") return 2 * kernel.batch * kernel.m * kernel.n * kernel.k
  if (kernel.kind !== "opaque") return 0
  const { op, inputs, attrs } = kernel.node
  return op.flops?.(inputs, attrs) ?? 0
}
