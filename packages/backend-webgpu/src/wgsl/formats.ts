import type { DType } from "@tubelet/core"
import type { Width } from "@tubelet/core/codegen"
import { vectorOf } from "./types.js"

/**
 * Element formats in memory, as bodies of WGSL functions. `t` is the array's name. `i` is an
 * element (`at`, `put`), four elements (`each`) or the index of an aligned group of four (`quad`,
 * `putQuad`). `x` is the value to store.
 */
export interface Format {
  /** The array's element type. */
  readonly word: string
  readonly at: (t: string) => string
  readonly each: (t: string) => string
  readonly quad: (t: string) => string
  readonly put: (t: string) => string
  readonly putQuad: (t: string) => string
}

const axes = [..."xyzw"]
const four = (f: (axis: string) => string) => axes.map(f).join(", ")
const lines = (f: (axis: string, n: number) => string) => axes.map(f).join(" ")

/** 32-bit elements, accessed one by one. */
const words = (word: string): Format => ({
  word,
  at: (t) => `return ${t}[i];`,
  each: (t) => `return vec4<${word}>(${four((a) => `${t}[i.${a}]`)});`,
  quad: (t) => `let p = 4u * i + lane; return vec4<${word}>(${four((a) => `${t}[p.${a}]`)});`,
  put: (t) => `${t}[i] = x;`,
  putQuad: (t) => lines((a, n) => `${t}[4u * i + ${n}u] = x.${a};`),
})

/** 32-bit elements, accessed in fours only. */
const quads = (word: string): Format => ({
  ...words(word),
  word: `vec4<${word}>`,
  quad: (t) => `return ${t}[i];`,
  putQuad: (t) => `${t}[i] = x;`,
})

/** Words that hold several elements. */
interface Words {
  readonly word: string
  readonly read: (t: string, i: string) => string
  readonly write: (t: string, i: string, x: string) => string
}

const plain: Words = {
  word: "u32",
  read: (t, i) => `${t}[${i}]`,
  write: (t, i, x) => `${t}[${i}] = ${x};`,
}

/** Words that several invocations write parts of. */
const atomic: Words = {
  word: "atomic<u32>",
  read: (t, i) => `atomicLoad(&${t}[${i}])`,
  write: (t, i, x) => `atomicStore(&${t}[${i}], ${x});`,
}

/** Writes a part of an atomic word and preserves the others. */
const putPart = (t: string, perWord: number, mask: string, bits: string): string => {
  const word = `&${t}[i / ${perWord}u]`
  const shift = `let s = ${32 / perWord}u * (i % ${perWord}u);`
  return `${shift} atomicAnd(${word}, ~(${mask} << s)); atomicOr(${word}, ${bits} << s);`
}

const shifts = "vec4<u32>(0u, 8u, 16u, 24u)"

/** Bytes, four to a word, lowest first; `from` converts words to registers, `to` the reverse. */
const bytes =
  (from: (words: string, width: Width) => string, to: (x: string, width: Width) => string) =>
  ({ word, read, write }: Words): Format => ({
    word,
    at: (t) => `return ${from(`(${read(t, "i / 4u")} >> (8u * (i % 4u))) & 255u`, 1)};`,
    each: (t) => {
      const found = `vec4<u32>(${four((a) => read(t, `i.${a} / 4u`))})`
      return `return ${from(`(${found} >> (8u * (i % 4u))) & vec4<u32>(255u)`, 4)};`
    },
    quad: (t) =>
      `return ${from(`(vec4<u32>(${read(t, "i")}) >> ${shifts}) & vec4<u32>(255u)`, 4)};`,
    put: (t) => putPart(t, 4, "255u", to("x", 1)),
    putQuad: (t) => `let b = ${to("x", 4)} << ${shifts}; ${write(t, "i", "b.x | b.y | b.z | b.w")}`,
  })

/** Code for the two 16-bit floats in a word, and back. */
export const halfWords = {
  f16: {
    unpack: (word: string) => `unpack2x16float(${word})`,
    pack: (two: string) => `pack2x16float(${two})`,
  },
  bf16: {
    unpack: (word: string) => `unpackBF16(${word})`,
    pack: (two: string) => `packBF16(${two})`,
  },
}

/** 16-bit floats, two to a word. */
const halves =
  ({ unpack, pack }: (typeof halfWords)[keyof typeof halfWords]) =>
  ({ word, read, write }: Words): Format => ({
    word,
    at: (t) => `return ${unpack(read(t, "i / 2u"))}[i % 2u];`,
    each: (t) => {
      const one = (a: string) => `${unpack(read(t, `i.${a} / 2u`))}[i.${a} % 2u]`
      return `return vec4<f32>(${four(one)});`
    },
    quad: (t) =>
      `return vec4<f32>(${unpack(read(t, "2u * i"))}, ${unpack(read(t, "2u * i + 1u"))});`,
    put: (t) => putPart(t, 2, "0xffffu", `(${pack("vec2<f32>(x, 0f)")} & 0xffffu)`),
    putQuad: (t) => `${write(t, "2u * i", pack("x.xy"))} ${write(t, "2u * i + 1u", pack("x.zw"))}`,
  })

/** bfloat16 is the upper half of an f32, rounded to nearest, ties to even. */
export const convertBF16 = `fn unpackBF16(w: u32) -> vec2<f32> {
  return bitcast<vec2<f32>>(vec2<u32>(w << 16u, w & 0xffff0000u));
}
fn packBF16(x: vec2<f32>) -> u32 {
  let bits = bitcast<vec2<u32>>(x);
  let rounded = bits + 0x7fffu + ((bits >> vec2<u32>(16u)) & vec2<u32>(1u));
  return (rounded.x >> 16u) | (rounded.y & 0xffff0000u);
}`

const byte = (x: string, width: Width) => `(${x} & ${vectorOf("u32", width)}(255u))`

const packed = {
  u8: bytes((w) => w, byte),
  bool: bytes(
    (w, width) => `${vectorOf("bool", width)}(${w})`,
    (x, width) => `${vectorOf("u32", width)}(${x})`,
  ),
  f16: halves(halfWords.f16),
  bf16: halves(halfWords.bf16),
}

/** The memory format of a tensor, given all its uses. */
export function formatOf(dtype: DType, uses: ReadonlySet<keyof Format>): Format {
  if (dtype === "f32" || dtype === "i32") {
    const single = uses.has("at") || uses.has("each") || uses.has("put")
    return single ? words(dtype) : quads(dtype)
  }
  return packed[dtype](uses.has("put") ? atomic : plain)
}
