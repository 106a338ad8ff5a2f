import type { Spec, Tensor } from "@tubelet/core"
import type { Source } from "@tubelet/core/codegen"
import type { Strided } from "@tubelet/core/schedule"

/** The head of a tensor [batch, heads, tokens, head size] that a workgroup reads. */
export interface Head {
  /** Prefix of its WGSL names. */
  readonly name: string
  readonly tokens: number
}

/** Axis positions along the head that are stored as aligned vec4s. */
const isInQuads = ({ offset, strides }: Strided, headSize: number): boolean => {
  const [d, ...others] = [...strides].reverse()
  return d === 1 && headSize % 4 === 0 && [offset, ...others].every((s) => s % 4 === 0)
}

/**
 * Emits the function `NAME_quad(token, d)`: elements 4 d to 4 d + 3 of a token in the workgroup's
 * head, with zeros past the last token and the end of the head.
 */
export function headOf(
  source: Source,
  name: string,
  strided: Strided,
  tokens: number,
  headSize: number,
): Head {
  const { tensor, offset, strides } = strided
  const [b, h, n, d] = strides as [number, number, number, number]
  const at = `${offset}u + batch * ${b}u + head * ${h}u + token * ${n}u`
  const value = isInQuads(strided, headSize)
    ? source.memory.quad(tensor, `(${at}) / 4u + d`)
    : singly(source, tensor, `${at} + 4u * d * ${d}u`, d, headSize)
  const quads = Math.ceil(headSize / 4)
  const code = `fn ${name}_quad(token: u32, d: u32) -> vec4<f32> {
  if (token >= ${tokens}u || d >= ${quads}u) { return vec4<f32>(); }
  return ${value};
}`
  source.call([[`${name}_quad`, code]])
  return { name, tokens }
}

function singly(source: Source, tensor: Tensor, at: string, stride: number, headSize: number) {
  const lanes = [0, 1, 2, 3].map((lane) => {
    const value = source.memory.at(tensor, `${at} + ${lane * stride}u`)
    const always = headSize % 4 === 0 || lane < headSize % 4
    return always ? value : `select(0.0, ${value}, 4u * d + ${lane}u < ${headSize}u)`
  })
  return `vec4<f32>(${lanes.join(", ")})`
}

/**
 * Emits the function `NAME_at(token)` for one number per token of the head, with zeros past the
 * last.
 */
export function statisticOf(source: Source, name: string, strided: Strided, tokens: number): void {
  const { tensor, offset, strides } = strided
  const [b, h, n] = strides as [number, number, number]
  const value = source.memory.at(
    tensor,
    `${offset}u + batch * ${b}u + head * ${h}u + token * ${n}u`,
  )
  const code = `fn ${name}_at(token: u32) -> f32 {
  if (token >= ${tokens}u) { return 0.0; }
  return ${value};
}`
  source.call([[`${name}_at`, code]])
}

/**
 * Emits the function `NAME_put(token, d, x)`, which stores four elements of a result [batch,
 * tokens, heads, head size], as far as they exist.
 */
export function resultOf(source: Source, name: string, strided: Strided, { shape }: Spec): void {
  const { tensor, offset, strides } = strided
  const [b, n, h, d] = strides as [number, number, number, number]
  const [, tokens, , headSize] = shape as [number, number, number, number]
  const at = `${offset}u + batch * ${b}u + token * ${n}u + head * ${h}u`
  const singly = () =>
    [0, 1, 2, 3].map((lane) => {
      const put = source.memory.put(tensor, `${at} + (4u * d + ${lane}u) * ${d}u`, `x[${lane}]`)
      return `if (4u * d + ${lane}u < ${headSize}u) { ${put} }`
    })
  const put = isInQuads(strided, headSize)
    ? source.memory.putQuad(tensor, `(${at}) / 4u + d`, "x")
    : singly().join("\n  ")
  const code = `fn ${name}_put(token: u32, d: u32, x: vec4<f32>) {
  if (token >= ${tokens}u || d >= ${Math.ceil(headSize / 4)}u) { return; }
  ${put}
}`
  source.call([[`${name}_put`, code]])
}
