import { elementwiseOps, type Tensor, TubeletError } from "@tubelet/core"
import type { Dialect, Storage } from "@tubelet/core/codegen"

/** Elementwise ops in JavaScript. */
const written: Record<string, (...x: string[]) => string> = {
  add: (x, y) => `${x} + ${y}`,
  sub: (x, y) => `${x} - ${y}`,
  mul: (x, y) => `${x} * ${y}`,
  div: (x, y) => `${x} / ${y}`,
  neg: (x) => `-(${x})`,
  maximum: (x, y) => `Math.max(${x}, ${y})`,
  minimum: (x, y) => `Math.min(${x}, ${y})`,
  less: (x, y) => `${x} < ${y}`,
  equal: (x, y) => `${x} === ${y}`,
  select: (condition, x, y) => `(${condition} ? ${x} : ${y})`,
  erf: (x) => `erf(${x})`,
}
for (const op of ["abs", "exp", "log", "sqrt", "tanh", "sin", "cos", "floor"]) {
  written[op] = (x) => `Math.${op}(${x})`
}

/** The only function that JavaScript lacks. */
export const erf = elementwiseOps.erf.elementwise!.evaluate

const casts: Record<string, (x: string) => string> = {
  f32: (x) => `Number(${x})`,
  i32: (x) => `${x} | 0`,
  u8: (x) => `${x} & 255`,
  bool: (x) => `Number(${x}) !== 0`,
}

/** JavaScript: no vectors, and each thread is an iteration of a loop. */
export const javascript: Dialect = {
  lanes: 1,
  // Reading outside an array gives undefined, which is never selected.
  robustAccess: true,
  limits: { results: Number.POSITIVE_INFINITY, inPlace: true, wideProducts: true },
  gridAxis: Number.POSITIVE_INFINITY,
  unsigned: (n) => `${n}`,
  literal: (_, value) => (Object.is(value, -0) ? "-0" : `${value}`),
  splat: (x) => x,
  constant: (name, { code }) => `const ${name} = ${code}`,
  variable: (name, { code }) => `let ${name} = ${code}`,
  select: (condition, yes, no) => `(${condition} ? ${yes} : ${no})`,
  orNaN: (x, condition) => `(${condition} ? ${x} : NaN)`,
  cast: (x, _, to) => casts[to](x),
  apply(_, op, args, { scalar }) {
    const print = written[op]
    if (!print) throw new TubeletError(`the small backend has no ${op}`)
    if (scalar === "i32") return `(${print(...args)}) | 0`
    return print(...(scalar === "u32" ? args.map((x) => `(${x} >>> 0)`) : args))
  },
  index: ({ code }) => code,
  divide: (x, by) => `Math.floor(${x} / ${by})`,
  remainder: (x, by) => `${x} % ${by}`,
  below: ({ code }, n) => `(${code}) >>> 0 < ${n}`,
  loop: ({ name, from, below, step }, body) =>
    `for (let ${name} = ${from}; ${name} < ${below}; ${name} += ${step}) {\n${body}\n}`,
  program: ({ body, across, size }) => `function thread(group, local) {
${body}
}
for (let group = 0; group < ${across}; group++) {
for (let local = 0; local < ${size}; local++) thread(group, local)
}`,
}

/** The arrays that a kernel reads and writes, in the order of its parameters. */
export class Arrays implements Storage {
  readonly tensors: Tensor[] = []
  readonly code = ""
  readonly bindings = []

  nameOf(tensor: Tensor): string {
    if (!this.tensors.includes(tensor)) this.tensors.push(tensor)
    return `t${this.tensors.indexOf(tensor)}`
  }

  at = (tensor: Tensor, i: string): string => `${this.nameOf(tensor)}[${i}]`
  put = (tensor: Tensor, i: string, x: string): string => `${this.at(tensor, i)} = ${x}`

  each = noVectors
  quad = noVectors
  putQuad = noVectors
}

function noVectors(): never {
  throw new Error("a dialect with one lane reads and writes single elements")
}
