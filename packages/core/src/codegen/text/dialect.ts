import type { DType } from "../../dtype.js"
import type { LanguageLimits } from "../../schedule/index.js"
import type { Register, Scalar, Value, Width } from "./value.js"

/** Collects helper functions; each is written once. */
export interface Calls {
  call(functions: Iterable<readonly [name: string, code: string]>): void
}

/** A loop over a u32 counter. */
export interface Loop {
  readonly name: string
  readonly from: string
  readonly below: string
  readonly step: string
}

/** The parts of a program with one entry point. */
export interface ProgramParts {
  /** Tensor declarations and their access functions. */
  readonly memory: string
  readonly functions: readonly string[]
  /** Declarations of workgroup arrays. */
  readonly shared: readonly string[]
  /** May use the workgroup's number, `group`, and the thread's number in it, `local`. */
  readonly body: string
  /** Number of workgroups along the grid's first axis. */
  readonly across: string
  /** Threads per workgroup. */
  readonly size: number
  readonly subgroups: boolean
}

/**
 * A target language for kernels. It leaves out what all C-like languages share: `if`, `return`,
 * assignment, comparison and float arithmetic.
 */
export interface Dialect {
  /** Vector width: 4, or 1 without vectors. */
  readonly lanes: Width
  /** Whether out-of-bounds reads are harmless; otherwise they are clamped. */
  readonly robustAccess: boolean
  /** The language's limits, for `schedule`. */
  readonly limits: LanguageLimits
  /** The most workgroups along one axis of the grid. */
  readonly gridAxis: number
  /** A u32 literal. */
  unsigned(n: number): string
  /** A literal of a dtype's register type; may be infinite or NaN. */
  literal(calls: Calls, value: number, dtype: DType): string
  /** Repeats a scalar to a vector. */
  splat(x: string, scalar: Scalar, width: Width): string
  /** A statement that declares a constant. */
  constant(name: string, value: Value): string
  /** A statement that declares a variable with an initial value. */
  variable(name: string, value: Value): string
  select(condition: string, yes: string, no: string): string
  /** A float, or NaN unless the condition holds. */
  orNaN(x: string, condition: string, width: Width): string
  /** To integers, floats truncate; u8 keeps the low eight bits; bool is whether x is not 0. */
  cast(x: string, from: DType, to: DType, width: Width): string
  /** An elementwise op on arguments of equal width; `result` is its type. */
  apply(calls: Calls, op: string, args: readonly string[], result: Register): string
  /** An element of an index tensor as u32. */
  index(x: Value): string
  /** Quotient and remainder of a u32 by a positive integer. */
  divide(x: string, by: number): string
  remainder(x: string, by: number): string
  /** Whether a u32 is below `n`; false if it wrapped around below 0. */
  below(x: Value, n: number): string
  loop(loop: Loop, body: string): string
  program(parts: ProgramParts): string
  /** How the threads of a workgroup cooperate; absent if they cannot. */
  readonly team?: TeamDialect
}

export interface TeamDialect {
  /** A workgroup barrier. */
  readonly barrier: string
  /** Declares a workgroup array. */
  shared(name: string, scalar: Scalar, width: Width, size: number): string
  /** A loop that halves its counter down to 0. */
  halving(name: string, from: number, body: string): string
  /** Reduces over a subgroup; `subgroupLane` and `subgroupLanes` (u32) are then available. */
  subgroupTotal(op: "sum" | "max", x: string): string
}
