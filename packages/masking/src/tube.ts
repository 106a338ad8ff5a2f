import { keptOf } from "./kept.js"
import { randomMask } from "./random.js"
import { defineMasking, type Grid } from "./strategy.js"

/** Tokens per frame. */
export const tokensPerFrame = ({ height, width }: Grid): number => height * width

/** Tokens kept over all frames if trunc(ratio * height * width) of each are masked. */
export function keepPerFrame({ grid, ratio }: { grid: Grid; ratio: number }): number {
  const perFrame = tokensPerFrame(grid)
  return grid.frames * (perFrame - Math.trunc(ratio * perFrame))
}

/** Repeats one frame's mask [height * width] over every frame and returns the kept tokens. */
export function keepTube(frameMask: Uint8Array, { frames }: Grid): Int32Array {
  const visible = keptOf(frameMask)
  const kept = new Int32Array(frames * visible.length)
  for (let frame = 0; frame < frames; frame++) {
    const start = frame * frameMask.length
    for (let i = 0; i < visible.length; i++) kept[frame * visible.length + i] = start + visible[i]
  }
  return kept
}

/**
 * VideoMAE's tube masking (Tong et al. 2022): the same random positions are masked in every frame,
 * so that a static scene reveals nothing.
 */
export const tube = defineMasking({
  name: "tube",
  keep: keepPerFrame,
  sample: ({ grid, keep, random }) =>
    keepTube(randomMask(random, tokensPerFrame(grid), keep / grid.frames), grid),
})
