import { clipOf } from "@tubelet/masking"
import type { Batch } from "@tubelet/models"
import type { ClipBatch } from "./clips.js"
import { drawMasks, type MaskRequest } from "./masks.js"

/** A batch on the host, as a compiled step takes it. */
export interface HostBatch extends Batch<Uint8Array | Int32Array | Float32Array> {
  readonly clips: Uint8Array
  readonly visible: Int32Array
  readonly targets: Int32Array
  readonly weight: Float32Array
}

/** Draws the masks of a batch of clips. */
export function maskedBatch(request: MaskRequest, { clips, samples }: ClipBatch): HostBatch {
  const { frames, imageSize } = request.model.config
  const { visible, targets } = request.counts
  const batch: HostBatch = {
    clips,
    visible: new Int32Array(samples.length * visible),
    targets: new Int32Array(samples.length * targets),
    weight: new Float32Array(samples.length * targets),
  }
  const bytes = clips.length / samples.length
  samples.forEach((sample, i) => {
    const pixels = clips.subarray(i * bytes, (i + 1) * bytes)
    const clip = clipOf(pixels, { frames, height: imageSize, width: imageSize })
    const masks = drawMasks(request, sample, clip)
    batch.visible.set(masks.visible, i * visible)
    batch.targets.set(masks.targets, i * targets)
    batch.weight.set(masks.weight, i * targets)
  })
  return batch
}
