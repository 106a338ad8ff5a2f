import type { DType } from "../../dtype.js"
import type { LanguageLimits } from "../../schedule/index.js"
import type { Register, Scalar, Value, Width } from "./value.js"

/** Where the functions go that code calls: each is written once. */
export interface Calls {
  call(functions: Iterable<readonly [name: string, code: string]>): void
}

/** A loop over an unsigned counter. */
export interface Loop {
  readonly name: string
  readonly from: string
  readonly below: string
  readonly step: string
}

/** The parts of a program with one entry point. */
export interface ProgramParts {
  /** Declarations of tensors, and the functions that reach their elements. */
  readonly memory: string
  readonly functions: readonly string[]
  /** Declarations of arrays that a workgroup shares. */
  readonly shared: readonly string[]
  /** Knows the number of its workgroup as `group` and that of its thread there as `local`. */
  readonly body: string
  /** How many workgroups lie along the first axis of the grid. */
  readonly across: string
  /** Threads of a workgroup. */
  readonly size: number
  readonly subgroups: boolean
}

/**
 * A language that kernels are printed in. What all of C's children share is not in it: `if`,
 * `return`, assignment, comparison, the arithmetic of floats.
 */
export interface Dialect {
  /** Elements of its vectors: 4, or 1 where it has none. */
  readonly lanes: Width
  /** Whether reading outside of a tensor is harmless; otherwise such reads are clamped. */
  readonly robustAccess: boolean
  /** For `schedule`, which keeps its kernels to it. */
  readonly limits: LanguageLimits
  /** Workgroups that a grid takes along one axis. */
  readonly gridAxis: number
  type(scalar: Scalar, width: Width): string
  /** A literal of type u32. */
  unsigned(n: number): string
  /** A number in registers of a dtype, which may be infinite or NaN. */
  literal(calls: Calls, value: number, dtype: DType): string
  /** One element repeated to a vector. */
  splat(x: string, scalar: Scalar, width: Width): string
  /** A statement that names a value. */
  constant(name: string, value: Value): string
  /** A statement that declares a variable with a first value. */
  variable(name: string, value: Value): string
  select(condition: string, yes: string, no: string): string
  /** A float where the condition holds, else NaN. */
  orNaN(x: string, condition: string, width: Width): string
  /** Floats lose their fraction, bytes keep the lowest eight bits, bool is what is not 0. */
  cast(x: string, from: DType, to: DType, width: Width): string
  /** An elementwise op over arguments of one width; `result` is what it gives. */
  apply(calls: Calls, op: string, args: readonly string[], result: Register): string
  /** A number of an index tensor as u32. */
  index(x: Value): string
  /** Quotient and remainder of a u32 by a positive integer. */
  divide(x: string, by: number): string
  remainder(x: string, by: number): string
  /** Whether a u32 is below `n`; what was subtracted below 0 is not. */
  below(x: Value, n: number): string
  loop(loop: Loop, body: string): string
  program(parts: ProgramParts): string
  /** How threads of a workgroup work together; absent where each is alone. */
  readonly team?: TeamDialect
}

export interface TeamDialect {
  /** A statement that all threads of a workgroup wait at. */
  readonly barrier: string
  /** Declares an array that a workgroup shares. */
  shared(name: string, scalar: Scalar, width: Width, size: number): string
  /** A loop over a counter that is halved until it is 0. */
  halving(name: string, from: number, body: string): string
  /** The total of a subgroup's lanes; bodies find `subgroupLane` and `subgroupLanes`, u32. */
  subgroupTotal(op: "sum" | "max", x: string): string
}
