import { partsOf } from "../../bytes.js"
import { bytesOf } from "../../dtype.js"
import type { Graph } from "../../graph.js"
import { widenProducts } from "../../passes/widen-products.js"
import {
  flashAttention,
  type LanguageLimits,
  type Sides,
  schedule,
  splitConcats,
  splitProducts,
  splitReductions,
} from "../../schedule/index.js"
import type { Tensor } from "../../tensor.js"
import { type PlacementLimits, type Plan, planKernels } from "./plan.js"

/** What a graph is planned for: a device and the language of its kernels. */
export interface PlanTarget extends PlacementLimits {
  readonly language: LanguageLimits
  /** Split-K: into how many parts to split a matrix product so that it fills the device. */
  splitK(sides: Sides): number
}

/** A graph as kernels, with its tensors placed in memory. */
export function planGraph(graph: Graph, target: PlanTarget): Plan {
  const { language, operands, partBytes, splitK } = target
  const places = (t: Tensor) => partsOf(bytesOf(t), partBytes).length
  const limits = { ...language, operands, places }
  const flash = flashAttention(graph)
  const typed = language.wideProducts ? flash : widenProducts(flash)
  const joined = splitConcats(typed, limits)
  const prepared = splitProducts(splitReductions(joined), splitK)
  return planKernels(prepared, schedule(prepared, limits), target)
}
