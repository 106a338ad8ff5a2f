import { type Bound, CodeBlock, type Shader, type Tile } from "@tubelet/core/codegen"
import { type Matmul, positionOf } from "@tubelet/core/schedule"
import type { Fragment } from "./matmul/results.js"
import { printMatmul } from "./matmul.js"
import { sourceOver } from "./memory.js"

/** A matrix product and its epilogue as one shader. */
export function product(kernel: Matmul, tile: Tile, bound: Bound): Shader {
  const source = sourceOver(bound)
  const stores = ({ lanes, variables: { b, i, j }, result }: Fragment): string => {
    const known = { results: { 0: { code: result, width: lanes, scalar: "f32" as const } } }
    const block =
      lanes === 4
        ? new CodeBlock(source, { ...known, variables: { b, i, j: `(${j} / 4u)` }, lanes: "j" })
        : new CodeBlock(source, { ...known, variables: { b, i, j } })
    block.store(
      kernel.stores.map((s) => ({ tensor: s.tensor, at: positionOf(kernel, s), value: s.value })),
    )
    return block.code
  }
  return printMatmul(kernel, tile, source, stores)
}
