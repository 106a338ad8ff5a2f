import type { Tensor } from "../tensor.js"
import { loadsOf } from "./expression.js"
import type { Kernel, Store } from "./kernel.js"

/** All that a kernel stores by expressions. */
export function storesOf(kernel: Kernel): readonly Store[] {
  if (kernel.kind === "nest") return [...kernel.outerStores, ...kernel.innerStores]
  return kernel.kind === "matmul" ? kernel.stores : []
}

/** The tensors that a kernel writes. */
export const writesOf = (kernel: Kernel): readonly Tensor[] =>
  kernel.kind === "whole" ? kernel.results : storesOf(kernel).map((s) => s.tensor)

/** The tensors that a kernel reads. */
export function readsOf(kernel: Kernel): Set<Tensor> {
  const operands =
    kernel.kind === "whole" ? kernel.operands : kernel.kind === "matmul" ? [kernel.a, kernel.b] : []
  const reductions = kernel.kind === "nest" ? kernel.reductions : []
  const values = [...reductions, ...storesOf(kernel)].map((x) => x.value)
  return new Set([...operands, ...loadsOf(values)].map((x) => x.tensor))
}
