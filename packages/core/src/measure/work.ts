import { bytesPerElement } from "../dtype.js"
import { expressionsOf, writesOf } from "../schedule/accesses.js"
import { loadsOf } from "../schedule/expression.js"
import type { Kernel, Strided } from "../schedule/kernel.js"
import type { Tensor } from "../tensor.js"

/** Memory traffic and arithmetic of a kernel, independent of its code. */
export interface Work {
  /** Bytes read and written, each element counted once, whatever the caches do. */
  readonly bytes: number
  /** FLOPs of matrix products and attention; a multiply-add counts as two, the rest as none. */
  readonly flops: number
}

/** The work of one launch of a kernel. */
export const workOf = (kernel: Kernel): Work => ({
  bytes: total(traffic(kernel)),
  flops: flopsOf(kernel),
})

/**
 * The bytes of a kernel that fusion cannot save: all of a matmul, attention or reduction. A map
 * could be computed where its result is read; it only counts accesses to graph inputs and results
 * (`isOutside`).
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

/** Elements that a kernel reads of each tensor, then those it writes. */
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

/** A strided operand and its shape. */
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

/** Distinct elements of an operand: axes of stride 0 repeat the same ones. */
const reached = ({ shape, strides }: View): number =>
  shape.reduce((n, d, axis) => (strides[axis] === 0 ? n : n * d), 1)

/** An upper bound on how often a load runs. */
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
