import type { DType, HostArray, Shape } from "../dtype.js"
import { sizeOf } from "../dtype.js"
import { decodeBF16, decodeF16, encodeBF16, encodeF16, toNumbers } from "../half.js"
import type { MatmulAttrs } from "../ops/matmul.js"
import type { Node } from "../tensor.js"

/** Elements in double precision, whatever the dtype; integers up to 2^53 are exact. */
export type Values = Float64Array

type Kernel = (node: Node, inputs: readonly Values[]) => Values

const strides = (shape: Shape): number[] => {
  const result = new Array<number>(shape.length)
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    result[i] = step
    step *= shape[i]
  }
  return result
}

/** Fills `shape` in row-major order with the value of `at` for each multi-index. */
function tabulate(shape: Shape, at: (index: readonly number[]) => number): Values {
  const out = new Float64Array(sizeOf(shape))
  const index = new Array<number>(shape.length).fill(0)
  for (let i = 0; i < out.length; i++) {
    out[i] = at(index)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis] < shape[axis]) break
      index[axis] = 0
    }
  }
  return out
}

const offset = (steps: readonly number[], index: readonly number[]): number => {
  let at = 0
  for (let i = 0; i < steps.length; i++) at += steps[i] * index[i]
  return at
}

const shapeOut = (node: Node): Shape => node.outputs[0].shape
const shapeIn = (node: Node, i = 0): Shape => node.inputs[i].shape

const broadcast: Kernel = (node, [x]) => {
  const [from, to] = [shapeIn(node), shapeOut(node)]
  const own = strides(from)
  const steps = to.map((_, i) => {
    const axis = i - to.length + from.length
    return axis < 0 || from[axis] === 1 ? 0 : own[axis]
  })
  return tabulate(to, (index) => x[offset(steps, index)])
}

const permute: Kernel = (node, [x]) => {
  const own = strides(shapeIn(node))
  const steps = (node.attrs.axes as number[]).map((a) => own[a])
  return tabulate(shapeOut(node), (index) => x[offset(steps, index)])
}

const slice: Kernel = (node, [x]) => {
  const steps = strides(shapeIn(node))
  const first = offset(steps, node.attrs.start as number[])
  return tabulate(shapeOut(node), (index) => x[first + offset(steps, index)])
}

const pad: Kernel = (node, [x]) => {
  const [from, low] = [shapeIn(node), node.attrs.low as number[]]
  const steps = strides(from)
  return tabulate(shapeOut(node), (index) => {
    const source = index.map((n, i) => n - low[i])
    return source.every((n, i) => 0 <= n && n < from[i]) ? x[offset(steps, source)] : 0
  })
}

const concat: Kernel = (node, inputs) => {
  const axis = node.attrs.axis as number
  const parts = inputs.map((data, i) => ({ data, shape: shapeIn(node, i) }))
  return tabulate(shapeOut(node), (index) => {
    let at = index[axis]
    const part = parts.find(({ shape }) => {
      if (at < shape[axis]) return true
      at -= shape[axis]
      return false
    })!
    const inside = index.map((n, i) => (i === axis ? at : n))
    return part.data[offset(strides(part.shape), inside)]
  })
}

const reduce =
  (start: number, combine: (a: number, b: number) => number): Kernel =>
  (node, [x]) => {
    const kept = strides(shapeOut(node)).map((s, i) => (shapeOut(node)[i] === 1 ? 0 : s))
    const out = new Float64Array(sizeOf(shapeOut(node))).fill(start)
    let i = 0
    tabulate(shapeIn(node), (index) => {
      const at = offset(kept, index)
      out[at] = combine(out[at], x[i++])
      return 0
    })
    return out
  }

const matmul: Kernel = (node, [a, b]) => {
  const { transposeA, transposeB } = node.attrs as MatmulAttrs
  const [rowsA, columnsA] = shapeIn(node, 0).slice(-2) as [number, number]
  const columnsB = shapeIn(node, 1).at(-1)!
  const [m, n] = shapeOut(node).slice(-2) as [number, number]
  const k = transposeA ? rowsA : columnsA
  const [stepM, stepAK] = transposeA ? [1, columnsA] : [columnsA, 1]
  const [stepBK, stepN] = transposeB ? [1, columnsB] : [columnsB, 1]
  const out = new Float64Array(sizeOf(shapeOut(node)))
  for (let batch = 0; batch * m * n < out.length; batch++) {
    for (let row = 0; row < m; row++) {
      for (let column = 0; column < n; column++) {
        let total = 0
        let pa = batch * m * k + row * stepM
        let pb = batch * k * n + column * stepN
        for (let i = 0; i < k; i++, pa += stepAK, pb += stepBK) total += a[pa] * b[pb]
        out[(batch * m + row) * n + column] = total
      }
    }
  }
  return out
}

const rowIndex = (index: number, count: number, op: string): number => {
  if (Number.isInteger(index) && 0 <= index && index < count) return index
  throw new RangeError(`${op}: index ${index} is out of bounds for ${count} rows`)
}

const gatherRows: Kernel = (node, [table, index]) => {
  const [count, ...rest] = shapeIn(node) as [number, ...number[]]
  const width = sizeOf(rest)
  const out = new Float64Array(sizeOf(shapeOut(node)))
  index.forEach((at, i) => {
    const from = rowIndex(at, count, "gatherRows") * width
    out.set(table.subarray(from, from + width), i * width)
  })
  return out
}

const scatterRows: Kernel = (node, [rows, index]) => {
  const [count, ...rest] = shapeOut(node) as [number, ...number[]]
  const width = sizeOf(rest)
  const out = new Float64Array(count * width)
  index.forEach((at, i) => {
    const to = rowIndex(at, count, "scatterRows") * width
    for (let j = 0; j < width; j++) out[to + j] += rows[i * width + j]
  })
  return out
}

const conversions: Partial<Record<DType, (x: number) => number>> = {
  i32: (x) => Math.trunc(x) | 0,
  u8: (x) => Math.trunc(x) & 255,
  bool: (x) => Number(x !== 0),
  f16: (x) => decodeF16(encodeF16(x)),
  bf16: (x) => decodeBF16(encodeBF16(x)),
}

const cast: Kernel = (node, [x]) => {
  const convert = conversions[node.outputs[0].dtype]
  return convert ? x.map(convert) : x
}

const same: Kernel = (_, [x]) => x

/** A simple kernel for each primitive that is not elementwise. */
export const kernels: Record<string, Kernel> = {
  constant: (node) => toNumbers(node.attrs.data as HostArray, node.outputs[0].dtype),
  broadcast,
  reshape: same,
  permute,
  slice,
  pad,
  concat,
  cast,
  barrier: same,
  sum: reduce(0, (a, b) => a + b),
  max: reduce(Number.NEGATIVE_INFINITY, Math.max),
  matmul,
  gatherRows,
  scatterRows,
  select: (_, [condition, x, y]) => x.map((value, i) => (condition[i] ? value : y[i])),
}
