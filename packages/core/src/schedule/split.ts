import { type Graph, rewrite } from "../graph.js"
import { apply1, isReduction } from "../op.js"
import { type MatmulAttrs, matmul } from "../ops/matmul.js"
import { concat, permute, reshape } from "../ops/shape.js"
import { sum } from "../ops/sum.js"
import type { Tensor } from "../tensor.js"
import { type Limits, placesOf } from "./limits.js"

/** A reduction this long with this few results would leave most of a device idle. */
const long = 8192
const few = 64
/** The most pieces per row of a reduction. */
const mostPieces = 256
/** The least elements per piece that are worth a workgroup. */
const shortest = 2048

const largestDivisor = (n: number, most: number): number => {
  for (let d = Math.min(n, most); d > 1; d--) if (n % d === 0) return d
  return 1
}

/**
 * Splits long reductions with few results in two: all pieces in parallel, then their results. The
 * global gradient norm and losses are such sums.
 */
export const splitReductions = (graph: Graph): Graph =>
  rewrite(graph, (node, [x]) => {
    if (!isReduction(node)) return undefined
    const y = node.outputs[0]
    const length = x.size / y.size
    const kept = x.shape.filter((_, i) => !(node.attrs.axes as number[]).includes(i))
    const trailing = kept.every((d, i) => d === x.shape[i])
    if (!trailing || y.size > few || length < long) return undefined
    const pieces = largestDivisor(length, Math.min(mostPieces, Math.floor(length / shortest)))
    if (pieces === 1) return undefined
    const cut = reshape(x, [...kept, pieces, length / pieces])
    const partial = apply1(node.op, [cut], { axes: [kept.length + 1] })
    return [reshape(apply1(node.op, [partial], { axes: [kept.length] }), y.shape)]
  })

/** The dimensions of a matrix product. */
export interface Sides {
  readonly m: number
  readonly n: number
  readonly k: number
}

/**
 * Split-K: splits a matmul with a long inner dimension and a small result into `parts` products
 * over slices of k, and their sum. `parts` must divide k.
 */
export const splitProducts = (graph: Graph, parts: (sides: Sides) => number): Graph =>
  rewrite(graph, (node, [a, b]) => {
    if (node.op.name !== "matmul" || a.rank !== 2) return undefined
    const attrs = node.attrs as MatmulAttrs
    const [m, n] = node.outputs[0].shape as [number, number]
    const count = parts({ m, n, k: a.size / m })
    if (count <= 1) return undefined
    const partsA = innerParts(a, attrs.transposeA ? 0 : 1, count)
    const partsB = innerParts(b, attrs.transposeB ? 1 : 0, count)
    return [sum(matmul(partsA, partsB, attrs), 0)]
  })

/** A matrix split into `count` parts along one axis, stacked. */
function innerParts(x: Tensor, axis: 0 | 1, count: number): Tensor {
  const [rows, columns] = x.shape as [number, number]
  if (axis === 0) return reshape(x, [count, rows / count, columns])
  return permute(reshape(x, [rows, count, columns / count]), [1, 0, 2])
}

/**
 * Splits concatenations that exceed a kernel's bindings into smaller ones and one that joins their
 * results, as far as that helps.
 */
export const splitConcats = (graph: Graph, limits: Pick<Limits, "operands" | "places">): Graph =>
  rewrite(graph, (node, parts) => {
    if (node.op.name !== "concat") return undefined
    const { axis } = node.attrs as { axis: number }
    const fits = (run: readonly Tensor[]) =>
      placesOf([...run, concat(run, axis)], limits) <= limits.operands
    let joined = parts
    while (!fits(joined)) {
      const runs = inRuns(joined, fits)
      if (runs.length === joined.length) return undefined
      joined = runs.map((run) => concat(run, axis))
    }
    return joined === parts ? undefined : [concat(joined, axis)]
  })

/** Consecutive tensors, in runs as long as fit. */
function inRuns<T>(items: readonly T[], fits: (run: readonly T[]) => boolean): T[][] {
  const runs: T[][] = []
  for (const next of items) {
    const run = runs.at(-1)
    if (run && fits([...run, next])) run.push(next)
    else runs.push([next])
  }
  return runs
}
