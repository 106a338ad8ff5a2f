import type { Transform } from "../augment/kinds.js"

/** The transforms of the authors' recipes. Those for fine-tuning give `f32` pixels. */
export const publishedTransforms = {
  /** VideoMAE's pre-training: crops of a few sizes at thirteen places, no flip. */
  "multi-scale": ["multi-scale-crop"],
  /** MAE's pre-training: crops of 20 to 100% of the area, flipped half of the time. */
  "random-resized": [{ name: "random-resized-crop", scale: [0.2, 1] }, "flip"],
  /** Evaluation on video: the short side is resized without antialiasing, then a centre crop. */
  centre: ["resize", "centre-crop"],
  /** Evaluation on images up to 224 pixels (MAE): see `imageCentre`. */
  "image-centre": [{ name: "resize", scale: 256 / 224, method: "bicubic" }, "centre-crop"],
  /** Fine-tuning on video. Leave out `flip` if classes differ by direction. */
  "video-finetune": [
    "rand-augment",
    "normalise",
    { name: "random-resized-crop", ratio: [0.75, 1.3333] },
    "flip",
    "random-erasing",
  ],
  /** Linear probe on images (MAE). */
  "image-probe": [{ name: "random-resized-crop", clamped: true }, "flip"],
  /** Fine-tuning on images (MAE). */
  "image-finetune": [
    "random-resized-crop",
    "flip",
    { name: "rand-augment", policy: "rand-m9-mstd0.5-inc1", fill: [124, 116, 104] },
    "normalise",
    "random-erasing",
  ],
} as const satisfies Record<string, readonly Transform[]>

/**
 * Evaluation on images of a size (MAE): bicubic, then a centre crop. Up to 224 pixels, the short
 * side is resized to 256/224 of the size; above, to the size.
 */
export const imageCentre = (size: number): readonly Transform[] =>
  size <= 224
    ? publishedTransforms["image-centre"]
    : [{ name: "resize", method: "bicubic" }, "centre-crop"]
