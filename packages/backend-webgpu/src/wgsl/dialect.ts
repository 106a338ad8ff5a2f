import { type DType, isFloat } from "@tubelet/core"
import type { Calls, Dialect, ProgramParts, Width } from "@tubelet/core/codegen"
import { callMath, isMath } from "./math.js"
import { typeOf, vectorOf } from "./types.js"

type Written = (...x: string[]) => string

/** Ops with an exact WGSL operator or function. */
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

/** NaN's bits. */
const nan = "0x7fc00000u"

/**
 * A float from its bits. Going through a variable keeps compilers from folding it, and from
 * rejecting it.
 */
const ofBits = `fn ofBits(bits: u32) -> f32 { var b = bits; return bitcast<f32>(b); }`

/** WGSL has no literals for infinity and NaN. */
function literal(calls: Calls, value: number, dtype: DType): string {
  if (dtype === "bool") return value === 0 ? "false" : "true"
  if (dtype === "i32") return `i32(${value})`
  if (dtype === "u8") return `${value}u`
  const rounded = Math.fround(value)
  if (Number.isFinite(rounded)) return Object.is(rounded, -0) ? "-0f" : `${rounded}f`
  calls.call([["ofBits", ofBits]])
  const bits = Number.isNaN(rounded) ? nan : rounded > 0 ? "0x7f800000u" : "0xff800000u"
  return `ofBits(${bits})`
}

function cast(x: string, from: DType, to: DType, width: Width): string {
  if (to === "u8" && from !== "bool") {
    const integer = isFloat(from) ? `${vectorOf("i32", width)}(${x})` : x
    return `${vectorOf("u32", width)}(${integer}) & ${vectorOf("u32", width)}(255u)`
  }
  const alike = typeOf(from, width) === typeOf(to, width)
  const number = alike ? x : `${typeOf(to, width)}(${x})`
  return to === "f16" && from !== "f16" ? `quantizeToF16(${number})` : number
}

/** Selects among integers: compilers may assume that floats are never NaN and drop one. */
export function orNaN(x: string, condition: string, width: Width): string {
  const [float, bits] = [vectorOf("f32", width), vectorOf("u32", width)]
  return `bitcast<${float}>(select(${bits}(${nan}), bitcast<${bits}>(${x}), ${condition}))`
}

/**
 * The body may use its workgroup's number `group` and its thread's number `local`. With subgroups,
 * also its lane, `subgroupLane`, and the subgroup's size, `subgroupLanes`.
 */
const program = ({ memory, functions, shared, body, across, size, subgroups }: ProgramParts) =>
  [
    ...(subgroups ? ["enable subgroups;"] : []),
    "const lane = vec4<u32>(0u, 1u, 2u, 3u);",
    memory,
    ...functions,
    ...shared,
    `@compute @workgroup_size(${size})`,
    "fn main(",
    "@builtin(workgroup_id) at: vec3<u32>,",
    "@builtin(local_invocation_index) local: u32,",
    ...(subgroups ? ["@builtin(subgroup_invocation_id) subgroupLane: u32,"] : []),
    ") {",
    `let group = at.x + ${across} * at.y;`,
    ...(subgroups ? ["let subgroupLanes = subgroupAdd(1u);"] : []),
    body,
    "}",
  ].join("\n")

/** An array in workgroup memory. */
export const workgroupArray = (name: string, type: string): string =>
  `var<workgroup> ${name}: ${type};`

export const wgsl: Dialect = {
  lanes: 4,
  robustAccess: true,
  limits: { results: Number.POSITIVE_INFINITY, inPlace: true, wideProducts: true },
  gridAxis: 65535,
  unsigned: (n) => `${n}u`,
  literal,
  splat: (x, scalar, width) => `${vectorOf(scalar, width)}(${x})`,
  constant: (name, { code }) => `let ${name} = ${code};`,
  variable: (name, { code }) => `var ${name} = ${code};`,
  select: (condition, yes, no) => `select(${no}, ${yes}, ${condition})`,
  orNaN,
  cast,
  apply: (calls, op, args, { width }) =>
    isMath(op) ? callMath(calls, op, args, width) : operations[op](...args),
  index: ({ code, width }) => `${vectorOf("u32", width)}(${code})`,
  divide: (x, by) => `${x} / ${by}u`,
  remainder: (x, by) => `${x} % ${by}u`,
  below: ({ code, width }, n) => `${code} < ${vectorOf("u32", width)}(${n}u)`,
  loop: ({ name, from, below, step }, body) =>
    `for (var ${name} = ${from}; ${name} < ${below}; ${name} += ${step}) {\n${body}\n}`,
  program,
  team: {
    barrier: "workgroupBarrier();",
    shared: (name, scalar, width, size) =>
      workgroupArray(name, `array<${vectorOf(scalar, width)}, ${size}>`),
    halving: (name, from, body) =>
      `for (var ${name} = ${from}u; ${name} > 0u; ${name} >>= 1u) {\n${body}\n}`,
    subgroupTotal: (op, x) => `subgroup${op === "sum" ? "Add" : "Max"}(${x})`,
  },
}
