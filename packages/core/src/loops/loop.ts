/** The operations of a statement, named like the elementwise ops. */
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

/** An operation on earlier values, or a compile-time constant. */
export type Statement =
  | { readonly op: LoopOp; readonly args: readonly number[] }
  | { readonly op: "constant"; readonly args: readonly []; readonly value: number }

/** `store` writes a value for every element; `sum` adds it up over all elements. */
export interface LoopOutput {
  readonly kind: "store" | "sum"
  readonly value: number
}

/**
 * One loop over f32 vectors of equal length, in SSA form: value ids count the inputs first, then
 * the statements. Comparisons return 1 or 0; `select` treats any non-zero value as true. A loop
 * reads all inputs of an element before it writes that element, so an output may share the storage
 * of an input.
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

/** Whether an op returns 1 or 0. */
export const isComparison = (op: string): boolean => comparisons.has(op)

/** Equal for loops with the same structure, which can share a kernel. */
export function loopKey({ inputs, body, outputs }: Loop): string {
  const number = (x: number) => (Object.is(x, -0) ? "-0" : `${x}`)
  const statements = body.map((s) => (s.op === "constant" ? number(s.value) : `${s.op} ${s.args}`))
  const results = outputs.map((o) => `${o.kind} ${o.value}`)
  return [inputs.join(" "), ...statements, ...results].join("; ")
}
