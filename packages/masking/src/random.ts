import type { Random } from "@tubelet/core/random"
import { keptOf } from "./kept.js"
import { defineMasking, tokensOf } from "./strategy.js"

/**
 * MAE's masking (He et al. 2022): each token draws a random number, and the tokens with the
 * smallest are kept, in that order. Keeps trunc(tokens * (1 - ratio)).
 */
export const random = defineMasking({
  name: "random",
  keep: ({ grid, ratio }) => Math.trunc(tokensOf(grid) * (1 - ratio)),
  sample: ({ grid, keep, random }) =>
    keepSmallest(Float64Array.from({ length: tokensOf(grid) }, random.uniform), keep),
})

/** The tokens with the smallest `noise`, ascending; ties by index. */
export function keepSmallest(noise: ArrayLike<number>, keep: number): Int32Array {
  const order = Int32Array.from({ length: noise.length }, (_, i) => i)
  return order.sort((a, b) => noise[a] - noise[b] || a - b).slice(0, keep)
}

/**
 * VideoMAE's random masking: masks trunc(ratio * tokens) anywhere and keeps the rest in order. It
 * may keep a different number than MAE's at the same ratio, since the two round different
 * quantities.
 */
export const randomVideo = defineMasking({
  name: "random-video",
  keep: ({ grid, ratio }) => tokensOf(grid) - Math.trunc(ratio * tokensOf(grid)),
  sample: ({ grid, keep, random }) => keptOf(randomMask(random, tokensOf(grid), keep)),
})

/** A mask [count] with `keep` zeros at random positions. */
export function randomMask(random: Random, count: number, keep: number): Uint8Array {
  return random.shuffle(new Uint8Array(count).fill(1, keep))
}
