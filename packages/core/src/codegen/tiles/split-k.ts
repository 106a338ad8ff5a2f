import { busy } from "./choose.js"
import { type ProductShape, type Tile, workgroupsOf } from "./tiles.js"

/**
 * A part's results are written and read once more: 8 bytes each. GPUs do some 25 operations in the
 * time of a byte, so a part of 256 steps (512 operations a result) spends most of its time well.
 */
const shortest = 256

/**
 * Into how many equal parts the k of a product with few results should be cut, each a product of
 * its own, the parts to be added afterwards: as many as fill the device, 1 if its tiles do so.
 */
export function splitK(shape: ProductShape, tile: Tile, parallelWorkgroups = busy): number {
  const room = Math.floor(parallelWorkgroups / workgroupsOf(shape, tile))
  const most = Math.min(room, Math.floor(shape.k / shortest))
  for (let parts = most; parts > 1; parts--) {
    // A part that is not whole vec4s would be loaded word by word.
    const isWhole = shape.k % 4 !== 0 || (shape.k / parts) % 4 === 0
    if (shape.k % parts === 0 && isWhole) return parts
  }
  return 1
}
