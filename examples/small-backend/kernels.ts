import type { HostArray, Tensor } from "@tubelet/core"
import { type Kernel, type Matmul, type Nest, type Store } from "@tubelet/core/schedule"
import { printExpressions } from "./print.js"

/** A kernel as a JavaScript function of the arrays that hold its tensors. */
export interface Compiled {
  readonly source: string
  readonly tensors: readonly Tensor[]
  readonly call: (...arrays: HostArray[]) => void
}

const loop = (variable: string, extent: number, body: string): string =>
  `for (let ${variable} = 0; ${variable} < ${extent}; ${variable}++) {\n${body}\n}`

export function compileKernel(kernel: Kernel): Compiled {
  if (kernel.kind === "whole") throw new Error(`no kernel for ${kernel.node.op.name}`)
  const tensors: Tensor[] = []
  const nameOf = (t: Tensor): string => {
    if (!tensors.includes(t)) tensors.push(t)
    return `t${tensors.indexOf(t)}`
  }
  const source = kernel.kind === "nest" ? nest(kernel, nameOf) : matmul(kernel, nameOf)
  const call = new Function(...tensors.map(nameOf), source) as Compiled["call"]
  return { source, tensors, call }
}

type NameOf = (t: Tensor) => string

function stores(list: readonly Store[], at: string, nameOf: NameOf, results: string[]): string {
  const { statements, names } = printExpressions(
    list.map((s) => s.value),
    nameOf,
    results,
  )
  const writes = list.map((s, i) => `${nameOf(s.tensor)}[${at}] = ${names[i]}`)
  return [...statements, ...writes].join("\n")
}

function nest({ outer, inner, reductions, outerStores, innerStores }: Nest, nameOf: NameOf) {
  const results = reductions.map((_, i) => `sum${i}`)
  const reduce = reductions.map(({ op, value }, i) => {
    const { statements, names } = printExpressions([value], nameOf, results)
    const join =
      op === "sum" ? `${results[i]} + ${names[0]}` : `Math.max(${results[i]}, ${names[0]})`
    const body = [...statements, `${results[i]} = ${join}`].join("\n")
    return `let ${results[i]} = ${op === "sum" ? 0 : "-Infinity"}\n${loop("r", inner, body)}`
  })
  const body = [
    ...reduce,
    stores(outerStores, "o", nameOf, results),
    innerStores.length > 0
      ? loop("r", inner, stores(innerStores, `o * ${inner} + r`, nameOf, results))
      : "",
  ]
  return loop("o", outer, body.join("\n"))
}

function matmul({ batch, m, n, k, a, b, stores: list }: Matmul, nameOf: NameOf): string {
  const element = ({ tensor, offset, strides }: Matmul["a"], rows: string, columns: string) =>
    `${nameOf(tensor)}[${offset} + b * ${strides[0]} + ${rows} * ${strides[1]} + ${columns} * ${strides[2]}]`
  const body = [
    "let product = 0",
    loop("p", k, `product += ${element(a, "i", "p")} * ${element(b, "p", "j")}`),
    stores(list, `(b * ${m} + i) * ${n} + j`, nameOf, ["product"]),
  ].join("\n")
  return loop("b", batch, loop("i", m, loop("j", n, body)))
}
