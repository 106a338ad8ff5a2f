/** A learning rate or weight decay, given the number of steps before this one. */
export type Schedule = (step: number) => number

export interface CosineOptions {
  /** The value after warm-up. */
  readonly base: number
  /** The value at the end. */
  readonly final: number
  /** Steps in the whole run. */
  readonly steps: number
  readonly warmupSteps?: number
  /** The value at the first step of the warm-up; the authors' scripts always leave it at 0. */
  readonly start?: number
}

/**
 * VideoMAE's schedule, by step: a linear warm-up from `start` to `base`, both included, then half a
 * cosine. So with the default `start` the first step has rate 0, and the peak occurs twice: at the
 * end of the warm-up and at the start of the cosine. `final` itself would be reached only after the
 * last step. Also used for weight decay.
 */
export function cosineSchedule({
  base,
  final,
  steps,
  warmupSteps = 0,
  start = 0,
}: CosineOptions): Schedule {
  const rise = (base - start) / Math.max(warmupSteps - 1, 1)
  return (step) => {
    if (step < warmupSteps - 1 || (step === 0 && warmupSteps === 1)) return start + rise * step
    if (step < warmupSteps) return base
    const progress = Math.min((step - warmupSteps) / (steps - warmupSteps), 1)
    return halfCosine(base, final, progress)
  }
}

export interface MaeScheduleOptions {
  readonly base: number
  readonly min: number
  readonly warmupEpochs: number
  readonly epochs: number
}

/**
 * MAE's rate at a fractional epoch (epoch + batch / batches): proportional to the epoch during
 * warm-up, then half a cosine down to `min`.
 */
export function maeLearningRate(
  epoch: number,
  { base, min, warmupEpochs, epochs }: MaeScheduleOptions,
): number {
  if (epoch < warmupEpochs) return (base * epoch) / warmupEpochs
  return halfCosine(base, min, Math.min((epoch - warmupEpochs) / (epochs - warmupEpochs), 1))
}

/** The linear scaling rule: scales a rate for 256 samples per step to another batch size. */
export const scaledRate = (rate: number, effectiveBatchSize: number): number =>
  (rate * effectiveBatchSize) / 256

const halfCosine = (from: number, to: number, progress: number): number =>
  to + 0.5 * (from - to) * (1 + Math.cos(Math.PI * progress))
