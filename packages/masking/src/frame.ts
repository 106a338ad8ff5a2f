import { keptOf } from "./kept.js"
import { randomMask } from "./random.js"
import { defineMasking } from "./strategy.js"
import { tokensPerFrame } from "./tube.js"

/** Frame masking: trunc(ratio * frames) token frames are fully masked, the others kept. */
export const frame = defineMasking({
  name: "frame",
  keep: ({ grid, ratio }) => (grid.frames - Math.trunc(ratio * grid.frames)) * tokensPerFrame(grid),
  sample({ grid, keep, random }) {
    const size = tokensPerFrame(grid)
    const frames = keptOf(randomMask(random, grid.frames, keep / size))
    return Int32Array.from(
      { length: keep },
      (_, i) => frames[Math.floor(i / size)] * size + (i % size),
    )
  },
})
