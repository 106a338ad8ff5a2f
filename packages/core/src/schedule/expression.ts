import type { DType } from "../dtype.js"
import type { Tensor } from "../tensor.js"
import { type Position, substitute, type Variable } from "./position.js"

/**
 * The value a kernel computes for one element, as a tree. Equal trees have equal keys, so code
 * generators can name subexpressions by key and compute each once.
 */
export type Expression = Load | Literal | Apply | Guarded | Result

interface Typed {
  readonly dtype: DType
  readonly key: string
}

/** An element of a tensor in memory. */
export interface Load extends Typed {
  readonly kind: "load"
  readonly tensor: Tensor
  readonly at: Position
}

/** A compile-time constant. */
export interface Literal extends Typed {
  readonly kind: "literal"
  readonly value: number
}

/** An elementwise op by name, `select`, or `cast` to `dtype`. */
export interface Apply extends Typed {
  readonly kind: "apply"
  readonly op: string
  readonly args: readonly Expression[]
}

/**
 * `value` where low <= position < high, else `otherwise`. Where the condition fails, reading
 * `value` may be out of bounds: its result must be ignored, and it must not trap.
 */
export interface Guarded extends Typed {
  readonly kind: "guarded"
  readonly position: Position
  readonly low: number
  readonly high: number
  readonly value: Expression
  readonly otherwise: Expression
}

/** A result of the kernel itself: a reduction by number, or the matrix product (0). */
export interface Result extends Typed {
  readonly kind: "result"
  readonly number: number
}

let nextNumber = 0

/** Tensors have no names; within a process a number will do. */
const numbers = new WeakMap<Tensor, number>()
function numberOf(tensor: Tensor): number {
  const known = numbers.get(tensor) ?? nextNumber++
  numbers.set(tensor, known)
  return known
}

/** Interned keys: without them, the text of a tree would double with every shared part. */
const short = new Map<string, string>()
const enough = 2 ** 17
function keyFor(text: string): string {
  const known = short.get(text)
  if (known !== undefined) return known
  // If a key was collected, a subexpression may be computed twice; nothing else.
  if (short.size > enough) short.clear()
  const key = `e${nextNumber++}`
  short.set(text, key)
  return key
}

/** An element of a tensor in memory. */
export const load = (tensor: Tensor, position: Position): Load => ({
  kind: "load",
  tensor,
  at: position,
  dtype: tensor.dtype,
  key: keyFor(`t${numberOf(tensor)}[${position.key}]`),
})

/** A constant of a dtype. */
export const literal = (value: number, dtype: DType): Literal => ({
  kind: "literal",
  value,
  dtype,
  key: keyFor(`${dtype} ${Object.is(value, -0) ? "-0" : value}`),
})

/** An op on expressions; `dtype` is that of the result. */
export const applied = (op: string, args: readonly Expression[], dtype: DType): Apply => ({
  kind: "apply",
  op,
  args,
  dtype,
  key: keyFor(`${op} ${dtype} ${args.map((x) => x.key)}`),
})

/** `value` where low <= position < high, else `otherwise`. */
export const guarded = (
  position: Position,
  low: number,
  high: number,
  value: Expression,
  otherwise: Expression,
): Guarded => ({
  kind: "guarded",
  position,
  low,
  high,
  value,
  otherwise,
  dtype: value.dtype,
  key: keyFor(`in ${position.key} ${low} ${high} ${value.key} ${otherwise.key}`),
})

/** A result of the kernel, by number. */
export const result = (number: number, dtype: DType): Result => ({
  kind: "result",
  number,
  dtype,
  key: `result ${number}`,
})

/** The direct subexpressions, including those inside positions. */
export function partsOf(x: Expression): Expression[] {
  if (x.kind === "apply") return [...x.args]
  if (x.kind === "guarded") return [...indicesIn(x.position), x.value, x.otherwise]
  return x.kind === "load" ? indicesIn(x.at) : []
}

/** The values in memory that a position depends on. */
export const indicesIn = ({ terms }: Position): Expression[] =>
  terms.flatMap(({ atom }) =>
    atom.kind === "loaded" ? [atom.value] : atom.kind === "variable" ? [] : indicesIn(atom.of),
  )

/** All subexpressions, each once, after its own subexpressions. */
export function inOrder(expressions: readonly Expression[]): Expression[] {
  const seen = new Set<string>()
  const ordered: Expression[] = []
  const visit = (x: Expression) => {
    if (seen.has(x.key)) return
    seen.add(x.key)
    for (const part of partsOf(x)) visit(part)
    ordered.push(x)
  }
  for (const x of expressions) visit(x)
  return ordered
}

/** All loads in expressions. */
export const loadsOf = (expressions: readonly Expression[]): Load[] =>
  inOrder(expressions).filter((x): x is Load => x.kind === "load")

/** Substitutes variables in an expression. */
export function replaceVariables(
  x: Expression,
  become: (variable: Variable) => Position | undefined,
): Expression {
  const again = (y: Expression) => replaceVariables(y, become)
  const moved = (p: Position) => substitute(p, become, again)
  if (x.kind === "load") return load(x.tensor, moved(x.at))
  if (x.kind === "apply") return applied(x.op, x.args.map(again), x.dtype)
  if (x.kind !== "guarded") return x
  return guarded(moved(x.position), x.low, x.high, again(x.value), again(x.otherwise))
}
