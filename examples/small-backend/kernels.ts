import { type HostArray, type Tensor, TubeletError } from "@tubelet/core"
import {
  along,
  at,
  type Kernel,
  type Matmul,
  type Nest,
  over,
  type Position,
  plus,
  positionOf,
  type Store,
  type Strided,
  times,
  unravel,
  type Whole,
} from "@tubelet/core/schedule"
import { erf, type NameOf, printPosition, printValues } from "./print.js"

/** A kernel as a JavaScript function of the arrays that hold its tensors. */
export interface Printed {
  readonly source: string
  /** In the order of the function's parameters. */
  readonly tensors: readonly Tensor[]
  run(...arrays: HostArray[]): void
}

export function printKernel(kernel: Kernel): Printed {
  const tensors: Tensor[] = []
  const nameOf = (t: Tensor): string => {
    if (!tensors.includes(t)) tensors.push(t)
    return `t${tensors.indexOf(t)}`
  }
  const source = sourceOf(kernel, nameOf)
  const run = new Function("erf", ...tensors.map(nameOf), source)
  return { source, tensors, run: (...arrays) => run(erf, ...arrays) }
}

function sourceOf(kernel: Kernel, nameOf: NameOf): string {
  if (kernel.kind === "nest") return nest(kernel, nameOf)
  if (kernel.kind === "matmul") return matmul(kernel, nameOf)
  if (kernel.node.op.name === "scatterRows") return scatterRows(kernel, nameOf)
  throw new TubeletError(`backend small has no kernel for ${kernel.node.op.name}`)
}

const loop = (variable: string, extent: number, body: string): string =>
  `for (let ${variable} = 0; ${variable} < ${extent}; ${variable}++) {\n${body}\n}`

const lines = (...parts: readonly string[]): string => parts.filter((x) => x !== "").join("\n")

function store(kernel: Nest | Matmul, stores: readonly Store[], nameOf: NameOf): string {
  const { statements, names } = printValues(
    stores.map((s) => s.value),
    nameOf,
  )
  const writes = stores.map(
    (s, i) => `${nameOf(s.tensor)}[${printPosition(positionOf(kernel, s))}] = ${names[i]}`,
  )
  return lines(...statements, ...writes)
}

/** For each `o`: the reductions, each a loop over `r`, then what is stored. */
function nest(kernel: Nest, nameOf: NameOf): string {
  const { outer, inner, reductions, outerStores, innerStores } = kernel
  const reduced = reductions.map(({ op, value }, i) => {
    const { statements, names } = printValues([value], nameOf)
    const sum = `result${i}`
    const next = op === "sum" ? `${sum} + ${names[0]}` : `Math.max(${sum}, ${names[0]})`
    const start = `let ${sum} = ${op === "sum" ? 0 : "-Infinity"}`
    return lines(start, loop("r", inner, lines(...statements, `${sum} = ${next}`)))
  })
  const innerLoop = loop("r", inner, store(kernel, innerStores, nameOf))
  const last = innerStores.length > 0 ? innerLoop : ""
  return loop("o", outer, lines(...reduced, store(kernel, outerStores, nameOf), last))
}

/** For each element of the result: the sum over `p`, then what follows of it. */
function matmul(kernel: Matmul, nameOf: NameOf): string {
  const { batch, m, n, k } = kernel
  const [b, i, j, p] = [along("b", batch), along("i", m), along("j", n), along("p", k)]
  const factors = [element(kernel.a, [b, i, p], nameOf), element(kernel.b, [b, p, j], nameOf)]
  const body = lines(
    "let result0 = 0",
    loop("p", k, `result0 += ${factors.join(" * ")}`),
    store(kernel, kernel.stores, nameOf),
  )
  return loop("b", batch, loop("i", m, loop("j", n, body)))
}

/** The one primitive that is neither: rows are added where an index says, if that row is there. */
function scatterRows({ node, operands, results }: Whole, nameOf: NameOf): string {
  const [rows, index] = node.inputs as [Tensor, Tensor]
  const table = results[0]!.tensor
  const count = table.shape[0]
  const width = rows.size / index.size
  const e = along("e", rows.size)
  const row = element(operands[1]!, unravel(over(e, width), index.shape), nameOf)
  const value = element(operands[0]!, unravel(e, rows.shape), nameOf)
  const out = nameOf(table)
  const body = lines(
    `const row = ${row}`,
    `if (row < 0 || row >= ${count}) throw new RangeError(\`scatterRows: no row \${row}\`)`,
    `${out}[row * ${width} + e % ${width}] += ${value}`,
  )
  return lines(`${out}.fill(0)`, loop("e", rows.size, body))
}

/** The element of an operand at coordinates along its axes. */
function element({ tensor, offset, strides }: Strided, along: Position[], nameOf: NameOf): string {
  const position = along.reduce((sum, x, i) => plus(sum, times(x, strides[i]!)), at(offset))
  return `${nameOf(tensor)}[${printPosition(position)}]`
}
