import type { Shader } from "@tubelet/core/codegen"
import { type Nest, positionOf, storesOf } from "@tubelet/core/schedule"
import { CodeBlock } from "./expression.js"
import type { Source } from "./source.js"

/** Few workgroups still fill a device when they are small. */
const sizeFor = (invocations: number) => (invocations < 2 ** 14 ? 64 : 256)

/**
 * A nest without reductions: every invocation computes four elements in a row. The last may pass
 * the end of a tensor; its storage is padded, and nobody reads what lies there.
 */
export function map(nest: Nest, source: Source, label: string): Shader {
  const quads = Math.ceil(nest.outer / 4)
  const size = sizeFor(quads)
  const block = new CodeBlock(source, { variables: { o: "x" }, lanes: "o" })
  block.line(`let x = group * ${size}u + local;`)
  block.line(`if (x >= ${quads}u) { return; }`)
  block.store(storesOf(nest).map((store) => ({ ...store, at: positionOf(nest, store) })))
  return source.shader(label, block.code, { groups: Math.ceil(quads / size), size })
}
