import type { DType } from "@tubelet/core"
import { vectorOf, type Width } from "./value.js"

/**
 * How elements lie in memory, as bodies of WGSL functions. `t` is the array's name, `i` an element
 * (`at`, `put`), four elements (`each`) or the number of an aligned group of four (`quad`,
 * `putQuad`); `x` is what is stored.
 */
export interface Format {
  /** The array's element. */
  readonly word: string
  readonly at: (t: string) => string
  readonly each: (t: string) => string
  readonly quad: (t: string) => string
  /** Absent where elements share a word: two invocations would overwrite each other. */
  readonly put?: (t: string) => string
  readonly putQuad: (t: string) => string
}

const four = (f: (axis: string) => string) => [..."xyzw"].map(f).join(", ")

/** 32-bit elements one by one. */
const words = (word: string): Format => ({
  word,
  at: (t) => `return ${t}[i];`,
  each: (t) => `return vec4<${word}>(${four((a) => `${t}[i.${a}]`)});`,
  quad: (t) =>
    `return vec4<${word}>(${[0, 1, 2, 3].map((n) => `${t}[4u * i + ${n}u]`).join(", ")});`,
  put: (t) => `${t}[i] = x;`,
  putQuad: (t) => [0, 1, 2, 3].map((n) => `${t}[4u * i + ${n}u] = x[${n}];`).join(" "),
})

/** 32-bit elements in fours; single ones are not looked for. */
const quads = (word: string): Format => ({
  ...words(word),
  word: `vec4<${word}>`,
  quad: (t) => `return ${t}[i];`,
  putQuad: (t) => `${t}[i] = x;`,
})

const shifts = "vec4<u32>(0u, 8u, 16u, 24u)"

/** Bytes, four to a word, the first lowest; `from` makes registers of words, `to` bytes of `x`. */
const bytes = (from: (words: string, width: Width) => string, to: string): Format => ({
  word: "u32",
  at: (t) => `return ${from(`(${t}[i / 4u] >> (8u * (i % 4u))) & 255u`, 1)};`,
  each: (t) => {
    const read = `vec4<u32>(${four((a) => `${t}[i.${a} / 4u]`)})`
    return `return ${from(`(${read} >> (8u * (i % 4u))) & vec4<u32>(255u)`, 4)};`
  },
  quad: (t) => `return ${from(`(vec4<u32>(${t}[i]) >> ${shifts}) & vec4<u32>(255u)`, 4)};`,
  putQuad: (t) => `let b = ${to} << ${shifts}; ${t}[i] = b.x | b.y | b.z | b.w;`,
})

/** 16-bit floats, two to a word, by a function from a word to two and one back. */
const halves = (unpack: (word: string) => string, pack: (two: string) => string): Format => ({
  word: "u32",
  at: (t) => `return ${unpack(`${t}[i / 2u]`)}[i % 2u];`,
  each: (t) => `return vec4<f32>(${four((a) => `${unpack(`${t}[i.${a} / 2u]`)}[i.${a} % 2u]`)});`,
  quad: (t) => `return vec4<f32>(${unpack(`${t}[2u * i]`)}, ${unpack(`${t}[2u * i + 1u]`)});`,
  putQuad: (t) => `${t}[2u * i] = ${pack("x.xy")}; ${t}[2u * i + 1u] = ${pack("x.zw")};`,
})

/** The upper halves of two f32. */
const unpackBF16 = (word: string) =>
  `bitcast<vec2<f32>>(vec2<u32>(${word} << 16u, ${word} & 0xffff0000u))`

/** Rounds to the nearest bfloat16, ties to even. */
export const packBF16 = `fn packBF16(x: vec2<f32>) -> u32 {
  let bits = bitcast<vec2<u32>>(x);
  let rounded = bits + 0x7fffu + ((bits >> vec2<u32>(16u)) & vec2<u32>(1u));
  return (rounded.x >> 16u) | (rounded.y & 0xffff0000u);
}`

const formats = {
  u8: bytes((w) => w, "(x & vec4<u32>(255u))"),
  bool: bytes((w, width) => `${vectorOf("bool", width)}(${w})`, "vec4<u32>(x)"),
  f16: halves(
    (w) => `unpack2x16float(${w})`,
    (x) => `pack2x16float(${x})`,
  ),
  bf16: halves(unpackBF16, (x) => `packBF16(${x})`),
}

/** How a dtype lies in memory; `inFours` where nothing reads or writes a single element. */
export function formatOf(dtype: DType, inFours: boolean): Format {
  if (dtype === "f32" || dtype === "i32") return inFours ? quads(dtype) : words(dtype)
  return formats[dtype]
}
