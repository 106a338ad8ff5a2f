import { drawMask, type Grid, keptCount, type Masking, maskOf, tokensOf } from "@tubelet/masking"

export interface MaskOptions {
  readonly masking: Masking
  readonly grid: Grid
  readonly ratio: number
  readonly seed?: number
}

/** A batch of masks [samples, tokens], 1 = masked: bool_masked_pos of VideoMAE's model. */
export function drawBatch(
  samples: readonly number[],
  epoch: number,
  { masking, grid, ratio, seed = 0 }: MaskOptions,
): Uint8Array {
  const keep = keptCount(masking, { grid, ratio })
  const tokens = tokensOf(grid)
  const masks = new Uint8Array(samples.length * tokens)
  for (const [i, index] of samples.entries()) {
    // Keyed by sample and epoch, so neither the order of samples nor a restart changes a mask.
    const kept = drawMask(masking, { grid, keep, seed, epoch, index })
    masks.set(maskOf(kept, tokens), i * tokens)
  }
  return masks
}
