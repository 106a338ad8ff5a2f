import type { Random } from "@tubelet/core/random"
import { keptOf } from "./kept.js"
import { defineMasking, type Grid } from "./strategy.js"
import { keepPerFrame, keepTube, tokensPerFrame } from "./tube.js"

const smallestBlock = 16
const widestAspect = 10 / 3
const attempts = 50

/**
 * Block-wise masking, as in BEiT (Bao et al. 2022): rectangles of at least 16 tokens (fewer if
 * fewer remain) with an aspect ratio from 3/10 to 10/3, until trunc(ratio * height * width) tokens
 * are masked. Tokens that no block can fill are masked one by one, so the count is exact. In a
 * clip, every frame has the same blocks.
 */
export const block = defineMasking({
  name: "block",
  keep: keepPerFrame,
  sample({ grid, keep, random }) {
    const mask = new Uint8Array(tokensPerFrame(grid))
    let missing = mask.length - keep / grid.frames
    for (let failed = 0; missing > 0 && failed < attempts; ) {
      const covered = layBlock(mask, grid, missing, random)
      missing -= covered
      failed = covered === 0 ? failed + 1 : 0
    }
    const single = random.shuffle(keptOf(mask)).subarray(0, missing)
    for (const token of single) mask[token] = 1
    return keepTube(mask, grid)
  },
})

/**
 * Masks one rectangle that adds at most `missing` tokens and returns how many it added, possibly
 * none.
 */
function layBlock(mask: Uint8Array, { height, width }: Grid, missing: number, random: Random) {
  const smallest = Math.min(smallestBlock, missing)
  const area = smallest + random.integer(missing - smallest + 1)
  const rows = 1 + random.integer(height)
  const columns = Math.round(area / rows)
  const aspect = Math.max(rows / columns, columns / rows)
  if (columns > width || !(aspect <= widestAspect)) return 0
  const top = random.integer(height - rows + 1)
  const left = random.integer(width - columns + 1)
  const fresh: number[] = []
  for (let row = top; row < top + rows; row++) {
    for (let column = left; column < left + columns; column++) {
      const token = row * width + column
      if (mask[token] === 0) fresh.push(token)
    }
  }
  if (fresh.length > missing) return 0
  for (const token of fresh) mask[token] = 1
  return fresh.length
}
