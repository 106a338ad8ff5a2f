import { TubeletError } from "@tubelet/core"
import { keptOf } from "./kept.js"
import { defineMasking, type Grid, tokensOf } from "./strategy.js"

const cell = 4

/**
 * VideoMAE V2's decoder mask (Wang et al. 2023): a cell of 2 x 2 tokens, 1, 2 or 3 of them dropped,
 * tiles each frame and shifts by one position from frame to frame. The decoder predicts the kept
 * tokens. There are four such masks, one per starting position.
 */
export const runningCell = defineMasking({
  name: "running-cell",
  keep: ({ grid, ratio }) => (tokensOf(grid) / cell) * (cell - droppedPerCell(grid, ratio)),
  sample: ({ grid, keep, random }) =>
    keptOf(runningCellMask(grid, cell - (keep * cell) / tokensOf(grid), random.integer(cell))),
})

/**
 * One of the four masks [frames * height * width], 1 = dropped. In frame f, the cell reads the
 * queue of `dropped` ones and zeros, starting at `start` + f + 1.
 */
export function runningCellMask(
  { frames, height, width }: Grid,
  dropped: number,
  start: number,
): Uint8Array {
  const mask = new Uint8Array(frames * height * width)
  for (let token = 0; token < mask.length; token++) {
    const column = token % width
    const row = Math.floor(token / width) % height
    const frame = Math.floor(token / (width * height))
    const place = (row % 2) * 2 + (column % 2)
    if ((place + start + frame + 1) % cell < dropped) mask[token] = 1
  }
  return mask
}

function droppedPerCell({ height, width }: Grid, ratio: number): number {
  const dropped = Math.trunc(cell * ratio)
  if (height % 2 !== 0 || width % 2 !== 0) {
    throw new TubeletError(
      `masking "running-cell" needs a grid of even height and width, got ${height} x ${width}`,
      "choose a frame size of an even number of patches, or another masking",
    )
  }
  if (![0.25, 0.5, 0.75].includes(ratio)) {
    throw new TubeletError(
      `masking "running-cell" does not support a ratio of ${ratio}`,
      "choose a ratio of 0.25, 0.5 or 0.75",
    )
  }
  return dropped
}
