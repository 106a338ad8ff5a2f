import type { Tensor } from "../tensor.js"
import { type Expression, loadsOf } from "./expression.js"
import type { Kernel, LoopNest, Matmul, Store } from "./kernel.js"
import { along, flatInProducts, flatInRows, type Position } from "./position.js"

/** All stores of a kernel. */
export function storesOf(kernel: Kernel): readonly Store[] {
  if (kernel.kind === "nest") return [...kernel.outerStores, ...kernel.innerStores]
  return kernel.kind === "matmul" ? kernel.stores : []
}

/** The tensors a kernel writes. */
export const writesOf = (kernel: Kernel): readonly Tensor[] =>
  (kernel.kind === "opaque" ? kernel.results : storesOf(kernel)).map(({ tensor }) => tensor)

/** The tensors a kernel reads. */
export function readsOf(kernel: Kernel): Set<Tensor> {
  const operands =
    kernel.kind === "opaque"
      ? kernel.operands
      : kernel.kind === "matmul"
        ? [kernel.a, kernel.b]
        : []
  return new Set([...operands, ...loadsOf(expressionsOf(kernel))].map((x) => x.tensor))
}

/** All expressions of a kernel, in evaluation order. */
export function expressionsOf(kernel: Kernel): Expression[] {
  const reductions = kernel.kind === "nest" ? kernel.reductions : []
  return [...reductions, ...storesOf(kernel)].map((x) => x.value)
}

/** The position a store writes, in the kernel's variables. */
export function positionOf(kernel: LoopNest | Matmul, store: Store): Position {
  if (kernel.kind === "matmul") {
    return flatInProducts(kernel.batch, kernel.m, kernel.n)
  }
  if (kernel.outerStores.includes(store)) return along("o", kernel.outer)
  return flatInRows(kernel.outer, kernel.inner)
}
