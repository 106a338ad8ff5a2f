import {
  footprint,
  type Shader,
  type Source,
  type Tile,
  threadsOf,
  tileName,
  workgroupsOf,
} from "@tubelet/core/codegen"
import type { Matmul } from "@tubelet/core/schedule"
import { printDirect } from "./matmul/direct.js"
import { operandOf } from "./matmul/operand.js"
import { type PrintStores, printStore } from "./matmul/results.js"
import { printShared } from "./matmul/shared.js"

/**
 * A matrix product and its epilogue in one dispatch. Sums are f32 and run over k in an order fixed
 * by the tile, so equal tiles give equal bits.
 */
export function printMatmul(
  kernel: Matmul,
  tile: Tile,
  source: Source,
  printStores: PrintStores,
): Shader {
  const { batch, m, n, k } = kernel
  const a = operandOf("a", kernel.a, { batch, across: m, k })
  const b = operandOf("b", kernel.b, { batch, across: n, k })
  const body =
    tile.kind === "shared" ? printShared(tile, a, b, source) : printDirect(tile, a, b, source)
  source.call(printStore(kernel, footprint(tile), printStores))
  const groups = workgroupsOf(kernel, tile)
  const size = batch > 1 ? `${batch}x${m}x${k}x${n}` : `${m}x${k}x${n}`
  return source.shader(
    `matmul ${size}, ${tileName(tile)}`,
    `${printPlace(kernel, tile, groups)}\n${body}`,
    { groups, size: threadsOf(tile) },
  )
}

/** Tiles are numbered along columns first, so neighbours share rows of a. */
function printPlace({ m, n }: Matmul, tile: Tile, groups: number): string {
  const [rows, columns] = footprint(tile)
  const down = Math.ceil(m / rows)
  const along = Math.ceil(n / columns)
  return `  if (group >= ${groups}u) { return; }
  let tile_column = group % ${along}u;
  let tile_row = group / ${along}u % ${down}u;
  let batch = group / ${along * down}u;`
}
