import { busy } from "./choose.js"
import { type ProductShape, type Tile, workgroupsOf } from "./tiles.js"

/**
 * Each part writes and rereads its results: 8 bytes each. GPUs do about 25 FLOPs in the time of a
 * byte, so with 256 steps (512 FLOPs per result) most of the time is arithmetic.
 */
const shortest = 256

/**
 * Into how many equal parts to split the k of a product with few results. Each part is a product,
 * and the parts are summed afterwards. Returns as many as fill the device; 1 if its tiles already
 * do.
 */
export function splitK(shape: ProductShape, tile: Tile, parallelWorkgroups = busy): number {
  const room = Math.floor(parallelWorkgroups / workgroupsOf(shape, tile))
  const most = Math.min(room, Math.floor(shape.k / shortest))
  for (let parts = most; parts > 1; parts--) {
    // A part that is not a multiple of four would load scalars instead of vectors.
    const isWhole = shape.k % 4 !== 0 || (shape.k / parts) % 4 === 0
    if (shape.k % parts === 0 && isWhole) return parts
  }
  return 1
}
