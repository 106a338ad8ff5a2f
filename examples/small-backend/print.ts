import type { Tensor } from "@tubelet/core"
import { type Expression, inOrder, type Position } from "@tubelet/core/schedule"

/** How each elementwise op is written in JavaScript. */
const ops: Record<string, (...x: string[]) => string> = {
  add: (x, y) => `${x} + ${y}`,
  sub: (x, y) => `${x} - ${y}`,
  mul: (x, y) => `${x} * ${y}`,
  div: (x, y) => `${x} / ${y}`,
  neg: (x) => `-${x}`,
  maximum: (x, y) => `Math.max(${x}, ${y})`,
  minimum: (x, y) => `Math.min(${x}, ${y})`,
  less: (x, y) => `${x} < ${y}`,
  equal: (x, y) => `${x} === ${y}`,
  select: (condition, x, y) => `${condition} ? ${x} : ${y}`,
  erf: (x) => `erf(${x})`,
}
for (const name of ["abs", "exp", "log", "sqrt", "tanh", "sin", "cos", "floor"]) {
  ops[name] = (x) => `Math.${name}(${x})`
}

const casts: Record<string, (x: string) => string> = {
  f32: (x) => `Number(${x})`,
  i32: (x) => `${x} | 0`,
  u8: (x) => `${x} & 255`,
  bool: (x) => `Boolean(${x})`,
}

/** The statements that compute `expressions`, and what each of them is then called. */
export function printExpressions(
  expressions: readonly Expression[],
  nameOf: (t: Tensor) => string,
  results: readonly string[] = [],
): { statements: string[]; names: string[] } {
  const names = new Map<string, string>()
  const value = (x: Expression) => names.get(x.key)!
  const position = (p: Position): string =>
    [...p.terms.map(({ factor, atom }) => `${factor} * ${term(atom)}`), `${p.offset}`].join(" + ")
  const term = (atom: Position["terms"][number]["atom"]): string => {
    if (atom.kind === "variable") return atom.name
    if (atom.kind === "loaded") return value(atom.value)
    if (atom.kind === "quotient") return `Math.floor((${position(atom.of)}) / ${atom.by})`
    return `((${position(atom.of)}) % ${atom.by})`
  }
  const print = (x: Expression): string => {
    if (x.kind === "load") return `${nameOf(x.tensor)}[${position(x.at)}]`
    if (x.kind === "literal") return x.dtype === "bool" ? `${x.value !== 0}` : `${x.value}`
    if (x.kind === "result") return results[x.number]!
    if (x.kind === "inside") {
      const within = `${x.low} <= ${position(x.position)} && ${position(x.position)} < ${x.high}`
      return `${within} ? ${value(x.value)} : ${value(x.otherwise)}`
    }
    const args = x.args.map(value)
    if (x.op === "cast") return casts[x.dtype]!(args[0]!)
    const written = ops[x.op]!(...args)
    return x.dtype === "i32" ? `(${written}) | 0` : written
  }
  const statements = inOrder(expressions).map((x) => {
    const name = `v${names.size}`
    names.set(x.key, name)
    return `const ${name} = ${print(x)}`
  })
  return { statements, names: expressions.map(value) }
}
