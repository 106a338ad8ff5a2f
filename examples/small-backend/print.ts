import { elementwiseOps, type Tensor, TubeletError } from "@tubelet/core"
import { type Expression, inOrder, type Position } from "@tubelet/core/schedule"

/** What a kernel calls a tensor. */
export type NameOf = (t: Tensor) => string

/** How elementwise ops are written in JavaScript. */
const written: Record<string, (...x: string[]) => string> = {
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
for (const op of ["abs", "exp", "log", "sqrt", "tanh", "sin", "cos", "floor"]) {
  written[op] = (x) => `Math.${op}(${x})`
}

/** The one function that JavaScript lacks. */
export const erf = elementwiseOps.erf!.elementwise!.evaluate

const casts: Record<string, (x: string) => string> = {
  f32: (x) => `Number(${x})`,
  i32: (x) => `${x} | 0`,
  u8: (x) => `${x} & 255`,
  bool: (x) => `Number(${x}) !== 0`,
}

/** Statements, and the names under which they leave the values of `expressions`. */
export function printValues(expressions: readonly Expression[], nameOf: NameOf) {
  const names = new Map<string, string>()
  const statements = inOrder(expressions).map((x) => {
    const statement = `const v${names.size} = ${printOne(x, names, nameOf)}`
    names.set(x.key, `v${names.size}`)
    return statement
  })
  return { statements, names: expressions.map((x) => names.get(x.key)!) }
}

/** One step of an expression. The parts that it reads have names by now. */
function printOne(x: Expression, names: ReadonlyMap<string, string>, nameOf: NameOf): string {
  const part = (y: Expression) => names.get(y.key)!
  switch (x.kind) {
    case "load":
      return `${nameOf(x.tensor)}[${printPosition(x.at, part)}]`
    case "literal":
      return Object.is(x.value, -0) ? "-0" : `${x.value}`
    case "result":
      return `result${x.number}`
    case "inside": {
      const at = printPosition(x.position, part)
      return `${x.low} <= ${at} && ${at} < ${x.high} ? ${part(x.value)} : ${part(x.otherwise)}`
    }
    case "apply": {
      const print = x.op === "cast" ? casts[x.dtype] : written[x.op]
      if (!print) throw new TubeletError(`backend small has no ${x.op} of ${x.dtype}`)
      const value = print(...x.args.map(part))
      return x.dtype === "i32" ? `(${value}) | 0` : value
    }
  }
}

/** Where an element lies: factor * variable + ... + offset */
export function printPosition(
  { offset, terms }: Position,
  part: (x: Expression) => string = () => "",
): string {
  const printed = terms.map(({ factor, atom }) => {
    const value = printAtom(atom, part)
    return factor === 1 ? value : `${factor} * ${value}`
  })
  if (offset !== 0 || terms.length === 0) printed.push(`${offset}`)
  return printed.join(" + ")
}

function printAtom(atom: Position["terms"][number]["atom"], part: (x: Expression) => string) {
  if (atom.kind === "variable") return atom.name
  if (atom.kind === "loaded") return part(atom.value)
  const of = printPosition(atom.of, part)
  return atom.kind === "remainder" ? `((${of}) % ${atom.by})` : `Math.floor((${of}) / ${atom.by})`
}
