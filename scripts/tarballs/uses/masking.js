import { drawMask, keptCount, maskings } from "@tubelet/masking"

export default async () => {
  const grid = { frames: 8, height: 14, width: 14 }
  const keep = keptCount(maskings.tube, { grid, ratio: 0.9 })
  const kept = drawMask(maskings.tube, { grid, keep, seed: 0, epoch: 0, index: 0 })
  return { found: kept.length, expected: 160 }
}
