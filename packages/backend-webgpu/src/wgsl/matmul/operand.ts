import type { Tensor } from "@tubelet/core"
import type { Storage } from "@tubelet/core/codegen"
import type { Strided } from "@tubelet/core/schedule"
import type { Axis } from "../axes.js"

/** An operand of a matmul; `across` is a's m or b's n. */
export interface Operand {
  /** Prefix of its WGSL names. */
  readonly name: "a" | "b"
  readonly tensor: Tensor
  readonly offset: number
  readonly batch: Axis
  readonly across: Axis
  readonly k: Axis
  /** The axis along which four elements form an aligned vec4. */
  readonly vector: "k" | "across" | undefined
  /** The axis along which neighbouring threads should read. */
  readonly near: "k" | "across"
}

/** `strides` are over [batch, m, k] for a and [batch, k, n] for b. */
export function operandOf(
  name: "a" | "b",
  { tensor, offset, strides }: Strided,
  extents: { readonly batch: number; readonly across: number; readonly k: number },
): Operand {
  const axis = (extent: number, i: number): Axis => ({ extent, stride: strides[i] })
  const batch = axis(extents.batch, 0)
  const across = axis(extents.across, name === "a" ? 1 : 2)
  const k = axis(extents.k, name === "a" ? 2 : 1)
  const isVector = (along: Axis, other: Axis) =>
    along.stride === 1 &&
    along.extent % 4 === 0 &&
    offset % 4 === 0 &&
    [batch, other].every((x) => x.extent === 1 || x.stride % 4 === 0)
  const vector = isVector(k, across) ? "k" : isVector(across, k) ? "across" : undefined
  const closer = k.stride < across.stride || across.extent === 1 ? "k" : "across"
  return { name, tensor, offset, batch, across, k, vector, near: vector ?? closer }
}

/** A statement that computes the base offset of a batch's matrix. */
export const declareBase = ({ name, offset, batch }: Operand): string =>
  `  let ${name}_base = ${offset}u${batch.extent === 1 ? "" : ` + batch * ${batch.stride}u`};`

/**
 * A function that loads from an operand. A `strip` is elements k to k + 3 of one row (or column) x.
 * A `block` is those of x to x + 3: column c of the matrix is k + c, and its lanes run along x.
 * With `guard`, elements beyond the last k are 0. Beyond the last x they are arbitrary, since they
 * affect no stored result.
 */
export function printLoad(
  operand: Operand,
  form: "strip" | "block",
  memory: Storage,
  guard: boolean,
): string {
  if (form === "strip") return printStrip(operand, memory, guard)
  const { name, vector } = operand
  const part = vector === "across" ? printAlong : printStrip
  const four = ["", " + 1u", " + 2u", " + 3u"].map((more) =>
    vector === "across" ? `${name}_along(base, x, k${more})` : `${name}_strip(base, x${more}, k)`,
  )
  const matrix = `mat4x4<f32>(${four.join(", ")})`
  return `${part(operand, memory, guard)}
fn ${name}_block(base: u32, x: u32, k: u32) -> mat4x4<f32> {
  return ${vector === "across" ? matrix : `transpose(${matrix})`};
}`
}

const clamped = (x: string, { extent }: Axis, width: number): string =>
  extent === width ? "0u" : `min(${x}, ${extent - width}u)`
const scaled = (x: string, { stride }: Axis): string => (stride === 1 ? x : `${x} * ${stride}u`)
const unlessBeyond = ({ extent }: Axis, guard: boolean): string =>
  guard ? `  if (k >= ${extent}u) { return vec4<f32>(); }\n` : ""

function printStrip(operand: Operand, memory: Storage, guard: boolean): string {
  const { name, tensor, across, k, vector } = operand
  const start = `base + ${scaled(clamped("x", across, 1), across)}`
  const quad = () =>
    `${unlessBeyond(k, guard)}  return ${memory.quad(tensor, `(${start} + k) / 4u`)};`
  const element = (c: number) => {
    const at = c === 0 ? "k" : `(k + ${c}u)`
    const value = memory.at(tensor, `start + ${scaled(guard ? clamped(at, k, 1) : at, k)}`)
    return guard ? `select(0.0, ${value}, ${at} < ${k.extent}u)` : value
  }
  const singly = () => `  let start = ${start};
  return vec4<f32>(
    ${[0, 1, 2, 3].map(element).join(",\n    ")});`
  return `fn ${name}_strip(base: u32, x: u32, k: u32) -> vec4<f32> {
${vector === "k" ? quad() : singly()}
}`
}

/** Elements x to x + 3 at one k. */
function printAlong({ name, tensor, across, k }: Operand, memory: Storage, guard: boolean) {
  const at = `(base + ${scaled("k", k)} + ${clamped("x", across, 4)}) / 4u`
  return `fn ${name}_along(base: u32, x: u32, k: u32) -> vec4<f32> {
${unlessBeyond(k, guard)}  return ${memory.quad(tensor, at)};
}`
}
