/** What one statement of a loop computes: the names are those of the elementwise ops. */
export type LoopOp =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "maximum"
  | "minimum"
  | "neg"
  | "abs"
  | "sqrt"
  | "floor"
  | "less"
  | "lessEqual"
  | "equal"
  | "notEqual"
  | "greater"
  | "greaterEqual"
  | "select"

/** An operation on values made before it, or a number known when the loop is made. */
export type Statement =
  | { readonly op: LoopOp; readonly args: readonly number[] }
  | { readonly op: "constant"; readonly args: readonly []; readonly value: number }

/** `store` writes a value for every element; `sum` adds it up over all of them. */
export interface LoopOutput {
  readonly kind: "store" | "sum"
  readonly value: number
}

/**
 * One pass over f32 vectors of equal length, in static single assignment: value ids count the
 * inputs first, then the statements. A comparison gives 1 or 0; `select` takes what is not 0 for
 * true. All that a loop reads of an element it reads before it writes that element, so an output
 * may take the storage of an input.
 */
export interface Loop {
  readonly inputs: readonly ("vector" | "scalar")[]
  readonly body: readonly Statement[]
  readonly outputs: readonly LoopOutput[]
}

const comparisons: ReadonlySet<string> = new Set([
  "less",
  "lessEqual",
  "equal",
  "notEqual",
  "greater",
  "greaterEqual",
])

/** Whether an op gives 1 or 0. */
export const isComparison = (op: string): boolean => comparisons.has(op)

/** Equal for loops of the same structure, which then can share a kernel. */
export function loopKey({ inputs, body, outputs }: Loop): string {
  const number = (x: number) => (Object.is(x, -0) ? "-0" : `${x}`)
  const statements = body.map((s) => (s.op === "constant" ? number(s.value) : `${s.op} ${s.args}`))
  const results = outputs.map((o) => `${o.kind} ${o.value}`)
  return [inputs.join(" "), ...statements, ...results].join("; ")
}
