import { type DType, isFloat } from "@tubelet/core"
import { callMath, isMath } from "./math.js"
import type { Source } from "./source.js"
import { typeOf, vectorOf, type Width } from "./value.js"

type Written = (...x: string[]) => string

/** Where WGSL has an operator or an exact function. */
const operations: Record<string, Written> = {
  add: (x, y) => `${x} + ${y}`,
  sub: (x, y) => `${x} - ${y}`,
  mul: (x, y) => `${x} * ${y}`,
  div: (x, y) => `${x} / ${y}`,
  maximum: (x, y) => `max(${x}, ${y})`,
  minimum: (x, y) => `min(${x}, ${y})`,
  neg: (x) => `-(${x})`,
  abs: (x) => `abs(${x})`,
  sqrt: (x) => `sqrt(${x})`,
  floor: (x) => `floor(${x})`,
  less: (x, y) => `${x} < ${y}`,
  equal: (x, y) => `${x} == ${y}`,
  select: (condition, x, y) => `select(${y}, ${x}, ${condition})`,
}

/** An op over arguments of one width, as WGSL. */
export function written(source: Source, op: string, args: readonly string[], width: Width): string {
  if (!isMath(op)) return operations[op]!(...args)
  return callMath(source, op, args, width)
}

/** Floats lose their fraction, bytes keep the lowest eight bits, bool is what is not 0. */
export function casted(x: string, from: DType, to: DType, width: Width): string {
  if (to === "u8" && from !== "bool") {
    const integer = isFloat(from) ? `${vectorOf("i32", width)}(${x})` : x
    return `${vectorOf("u32", width)}(${integer}) & ${vectorOf("u32", width)}(255u)`
  }
  const alike = typeOf(from, width) === typeOf(to, width)
  const number = alike ? x : `${typeOf(to, width)}(${x})`
  return to === "f16" && from !== "f16" ? `quantizeToF16(${number})` : number
}

/** NaN's bits. */
const nan = "0x7fc00000u"

/**
 * A float where the condition holds, else NaN. It is chosen among integers: compilers may assume
 * that floats are numbers, and would take the other one always.
 */
export function orNaN(x: string, condition: string, width: Width): string {
  const [float, bits] = [vectorOf("f32", width), vectorOf("u32", width)]
  return `bitcast<${float}>(select(${bits}(${nan}), bitcast<${bits}>(${x}), ${condition}))`
}

/** A float by its bits; a variable keeps compilers from folding, and refusing, it. */
const ofBits = `fn ofBits(bits: u32) -> f32 { var b = bits; return bitcast<f32>(b); }`

/** A number in registers of a dtype. WGSL has no literals of what is not finite. */
export function literalOf(source: Source, value: number, dtype: DType): string {
  if (dtype === "bool") return value === 0 ? "false" : "true"
  if (dtype === "i32") return `i32(${value})`
  if (dtype === "u8") return `${value}u`
  const rounded = Math.fround(value)
  if (Number.isFinite(rounded)) return Object.is(rounded, -0) ? "-0f" : `${rounded}f`
  source.call([["ofBits", ofBits]])
  const bits = Number.isNaN(rounded) ? nan : rounded > 0 ? "0x7f800000u" : "0xff800000u"
  return `ofBits(${bits})`
}
