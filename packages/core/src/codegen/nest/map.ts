import { positionOf, storesOf } from "../../schedule/accesses.js"
import type { LoopNest } from "../../schedule/kernel.js"
import { CodeBlock } from "../text/block.js"
import type { Shader } from "../text/shader.js"
import type { Source } from "../text/source.js"

/** Small workgroups, so that even a few fill a device. */
const sizeFor = (threads: number) => (threads < 2 ** 14 ? 64 : 256)

/**
 * A nest without reductions: each thread computes one vector of consecutive elements. The last may
 * pass the end of a tensor: storage is padded, and nothing reads the padding.
 */
export function map(nest: LoopNest, source: Source, label: string): Shader {
  const { dialect } = source
  const vectors = Math.ceil(nest.outer / dialect.lanes)
  const size = sizeFor(vectors)
  const block = new CodeBlock(source, {
    variables: { o: "x" },
    ...(dialect.lanes > 1 && { lanes: "o" }),
  })
  const x = `group * ${dialect.unsigned(size)} + local`
  block.line(dialect.constant("x", { code: x, width: 1, scalar: "u32" }))
  block.line(`if (x >= ${dialect.unsigned(vectors)}) { return; }`)
  block.store(storesOf(nest).map((store) => ({ ...store, at: positionOf(nest, store) })))
  return source.shader(label, block.code, { groups: Math.ceil(vectors / size), size })
}
