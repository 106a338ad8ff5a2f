import { TubeletError } from "@tubelet/core"

export interface SoftTargetOptions {
  readonly classes: number
  /** The probability mass spread evenly over all classes (Szegedy et al. 2016); default 0. */
  readonly smoothing?: number
}

/**
 * Converts class indices to soft labels [B, classes]: one-hot rows, with optional smoothing.
 * Mixtures of such rows, as in mixup, are valid labels too.
 */
export function softTargets(
  labels: ArrayLike<number>,
  { classes, smoothing = 0 }: SoftTargetOptions,
): Float32Array {
  const rows = new Float32Array(labels.length * classes).fill(smoothing / classes)
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new TubeletError(
        `sample ${i} has label ${label}, but the model has ${classes} classes`,
        `use labels from 0 to ${classes - 1}, or a model with more classes`,
      )
    }
    rows[i * classes + label] = 1 - smoothing + smoothing / classes
  }
  return rows
}
