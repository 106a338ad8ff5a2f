import { TubeletError } from "@tubelet/core"

export interface SoftTargetOptions {
  readonly classes: number
  /** Share of the weight that all classes get in equal parts (Szegedy et al. 2016); default 0. */
  readonly smoothing?: number
}

/**
 * Class numbers as what the softmax should give, [B, classes]: plain cross entropy is that of a
 * one-hot row, label smoothing takes a share of it and gives it to all. Mixup mixes such rows.
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
        `sample ${i} has label ${label}, the model has ${classes} classes`,
        `give labels from 0 to ${classes - 1}, or a model of more classes`,
      )
    }
    rows[i * classes + label] = 1 - smoothing + smoothing / classes
  }
  return rows
}
