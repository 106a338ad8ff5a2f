import { clipOf } from "@tubelet/masking"
import { type Batch, drawDropPathFactors } from "@tubelet/models"
import type { ClipBatch } from "./clips.js"
import { dropsRandom } from "./drops.js"
import { drawMasks, type MaskRequest } from "./masks.js"
import { padded } from "./padded.js"

/** A batch on the host, as passed to a compiled step. */
export interface HostBatch extends Batch<Uint8Array | Int32Array | Float32Array> {
  readonly clips: Uint8Array
  readonly visible: Int32Array
  readonly targets: Int32Array
  readonly weight: Float32Array
  readonly dropPathFactors?: Float32Array
}

/**
 * Draws the masks of a batch of clips, and its drop path. The last batch of an epoch is padded to
 * `size` with black clips of weight 0, which do not affect the loss or gradients.
 */
export function maskedBatch(
  request: MaskRequest,
  { clips, samples }: ClipBatch,
  size = samples.length,
): HostBatch {
  const { config, dropPath } = request.model
  const { frames, imageSize, encoder, decoder } = config
  const depths = [encoder.depth, decoder.depth]
  const branches = 2 * (encoder.depth + decoder.depth)
  const { visible, targets } = request.counts
  const bytes = frames * imageSize * imageSize * 3
  const batch: HostBatch = {
    clips: padded(clips, size * bytes),
    visible: Int32Array.from({ length: size * visible }, (_, i) => i % visible),
    targets: Int32Array.from({ length: size * targets }, (_, i) => i % targets),
    weight: new Float32Array(size * targets),
    ...(dropPath > 0 && { dropPathFactors: new Float32Array(size * branches) }),
  }
  samples.forEach((sample, i) => {
    const pixels = clips.subarray(i * bytes, (i + 1) * bytes)
    const clip = clipOf(pixels, { frames, height: imageSize, width: imageSize })
    const masks = drawMasks(request, sample, clip)
    batch.visible.set(masks.visible, i * visible)
    batch.targets.set(masks.targets, i * targets)
    batch.weight.set(masks.weight, i * targets)
    batch.dropPathFactors?.set(
      drawDropPathFactors(depths, dropPath, dropsRandom(request.seed, sample)),
      i * branches,
    )
  })
  return batch
}
