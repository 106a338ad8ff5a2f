import { type HostArray, type Tensor, TubeletError } from "@tubelet/core"
import { CodeBlock, type Dialect, lowerLoopNest, Source } from "@tubelet/core/codegen"
import {
  along,
  at,
  type Kernel,
  type Matmul,
  type OpaqueKernel,
  over,
  type Position,
  plus,
  positionOf,
  type Strided,
  times,
  unravel,
} from "@tubelet/core/schedule"
import { Arrays, erf, javascript } from "./dialect.js"

/** A kernel as a JavaScript function of the arrays that store its tensors. */
export interface Printed {
  readonly source: string
  /** In the order of the function's parameters. */
  readonly tensors: readonly Tensor[]
  run(...arrays: HostArray[]): void
}

export function printKernel(kernel: Kernel, language: Dialect): Printed {
  const arrays = new Arrays()
  const source = sourceOf(kernel, new Source(language, arrays), arrays)
  const { tensors } = arrays
  const run = new Function("erf", ...tensors.map((t) => arrays.nameOf(t)), source)
  return { source, tensors, run: (...data) => run(erf, ...data) }
}

function sourceOf(kernel: Kernel, source: Source, arrays: Arrays): string {
  if (kernel.kind === "nest") return lowerLoopNest(kernel, source).code
  if (kernel.kind === "matmul") return matmul(kernel, source)
  if (kernel.node.op.name === "scatterRows") return scatterRows(kernel, source, arrays)
  throw new TubeletError(`the small backend has no kernel for ${kernel.node.op.name}`)
}

const loop = (name: string, extent: number, body: string): string =>
  javascript.loop({ name, from: "0", below: `${extent}`, step: "1" }, body)

/** For each element of the result: the sum over `p`, then the stores. */
function matmul(kernel: Matmul, source: Source): string {
  const { batch, m, n, k } = kernel
  const variables = { b: "b", i: "i", j: "j" }
  const [b, i, j, p] = [along("b", batch), along("i", m), along("j", n), along("p", k)]
  const step = new CodeBlock(source, { variables: { ...variables, p: "p" } })
  const factors = [element(kernel.a, [b, i, p], step), element(kernel.b, [b, p, j], step)]
  step.line(`sum += ${factors.join(" * ")}`)
  const product = { code: "sum", width: 1, scalar: "f32" } as const
  const after = new CodeBlock(source, { variables, results: { 0: product } })
  after.store(kernel.stores.map((store) => ({ ...store, at: positionOf(kernel, store) })))
  const body = ["let sum = 0", loop("p", k, step.code), after.code].join("\n")
  return loop("b", batch, loop("i", m, loop("j", n, body)))
}

/**
 * scatterRows, the only primitive that is neither a loop nest nor a matmul: adds each row at its
 * index, which must be in range.
 */
function scatterRows(
  { node, operands, results }: OpaqueKernel,
  source: Source,
  arrays: Arrays,
): string {
  const [rows, index] = node.inputs as [Tensor, Tensor]
  const table = results[0].tensor
  const count = table.shape[0]
  const width = rows.size / index.size
  const e = along("e", rows.size)
  const block = new CodeBlock(source, { variables: { e: "e" } })
  const row = element(operands[1], unravel(over(e, width), index.shape), block)
  const value = element(operands[0], unravel(e, rows.shape), block)
  const out = arrays.nameOf(table)
  block.line(`const row = ${row}
if (row < 0 || row >= ${count}) throw new RangeError(\`scatterRows: no row \${row}\`)
${out}[row * ${width} + e % ${width}] += ${value}`)
  return `${out}.fill(0)\n${loop("e", rows.size, block.code)}`
}

/** The element of an operand at coordinates along its axes. */
function element({ tensor, offset, strides }: Strided, along: Position[], block: CodeBlock) {
  const position = along.reduce((sum, x, i) => plus(sum, times(x, strides[i])), at(offset))
  return block.source.memory.at(tensor, block.position(position).code)
}
