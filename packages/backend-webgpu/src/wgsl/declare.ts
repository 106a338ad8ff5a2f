import { bytesOf, bytesPerElement, type Tensor } from "@tubelet/core"
import { type Bound, partsOf } from "@tubelet/core/codegen"
import { type Format, formatOf } from "./formats.js"
import { typeOf } from "./types.js"

/** What a shader does with a tensor's elements. */
export type Use = Exclude<keyof Format, "word">

/** Prefixes of WGSL function names; the tensor's name follows. */
export const verbs = { at: "load", each: "gather", quad: "load4", put: "store", putQuad: "store4" }

/** A tensor's bindings, numbered from `first`, and its access functions. */
export function declare(
  name: string,
  tensor: Tensor,
  uses: ReadonlySet<Use>,
  first: number,
  { access, partBytes }: Bound,
): string {
  const format = formatOf(tensor.dtype, uses)
  const bind = (part: string, i: number) =>
    `@group(0) @binding(${i}) var<storage, ${access(tensor)}> ${part}: array<${format.word}>;`
  const reach = (part: string, use: Use, body: string) =>
    `fn ${verbs[use]}_${part}${signature(use, tensor)} { ${body} }`
  const count = partsOf(bytesOf(tensor), partBytes).length
  if (count === 1) {
    return [bind(name, first), ...[...uses].map((use) => reach(name, use, format[use](name)))].join(
      "\n",
    )
  }
  const parts = Array.from({ length: count }, (_, i) => `${name}_${i}`)
  const single = new Set([...uses].map((use) => (use === "each" ? "at" : use)))
  const elements = partBytes / bytesPerElement(tensor.dtype)
  return [
    ...parts.map((part, i) => bind(part, first + i)),
    ...[...single].flatMap((use) => [
      ...parts.map((part) => reach(part, use, format[use](part))),
      reach(name, use, inParts(use, parts, elements)),
    ]),
    ...(uses.has("each") ? [reach(name, "each", fromEach(name, tensor))] : []),
  ].join("\n")
}

function signature(use: Use, { dtype }: Tensor): string {
  const one = typeOf(dtype, 1)
  const many = typeOf(dtype, 4)
  return {
    at: `(i: u32) -> ${one}`,
    each: `(i: vec4<u32>) -> ${many}`,
    quad: `(i: u32) -> ${many}`,
    put: `(i: u32, x: ${one})`,
    putQuad: `(i: u32, x: ${many})`,
  }[use]
}

/** Dispatches to the part that contains the index; each part has `unit` elements. */
function inParts(use: Use, parts: readonly string[], elements: number): string {
  const unit = use === "quad" || use === "putQuad" ? elements / 4 : elements
  const isPut = use === "put" || use === "putQuad"
  const lines = parts.map((part, i) => {
    const call = `${verbs[use]}_${part}(i - ${i * unit}u${isPut ? ", x" : ""});`
    const then = isPut ? `${call} return;` : `return ${call}`
    return i === parts.length - 1 ? then : `if (i < ${(i + 1) * unit}u) { ${then} }`
  })
  return lines.join("\n")
}

/** Four elements, possibly in different parts. */
function fromEach(name: string, { dtype }: Tensor): string {
  const found = [..."xyzw"].map((axis) => `load_${name}(i.${axis})`)
  return `return ${typeOf(dtype, 4)}(${found.join(", ")});`
}
