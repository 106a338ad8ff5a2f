import { type Backend, compile, type Spec, spec, type Tensor } from "@tubelet/core"
import { tokensOf } from "@tubelet/masking"
import type { PretrainModel } from "@tubelet/models"
import type { Grid } from "@tubelet/vit"
import { maskedBatch } from "../data/batch.js"
import type { ClipData } from "../data/clips.js"
import { type MaskRules, tokenCounts } from "../data/masks.js"
import { requirePixels } from "./pixel-target.js"

/** The losses of two trivial baselines, in the space of the target. */
export interface Baselines {
  /** Predicts the mean of each colour over the clip; near 1 if the target is normalised. */
  readonly meanColour: number
  /**
   * Copies the visible patch that is nearest in place, then in time, as if nothing moved. Absent
   * for images.
   */
  readonly staticCopy?: number
  /** Samples that they were computed from. */
  readonly samples: number
}

export interface BaselineOptions {
  readonly backend: Backend
  /** A model that predicts pixels, raw or normalised. */
  readonly model: PretrainModel
  readonly masks: MaskRules
  readonly data: ClipData
  /** The run's seed, for the same samples and masks as its first ones. Default: 0. */
  readonly seed?: number
  /** Clips at the start of the run. Default: 8. */
  readonly clips?: number
}

/** Losses that a pre-training run must beat to have learned something. Throws for other targets. */
export async function baselines(options: BaselineOptions): Promise<Baselines> {
  const { backend, model, masks: rules, data, seed = 0, clips = 8 } = options
  requirePixels(model)
  const stream = data.batches({ batch: Math.min(clips, data.length), start: 0 })
  const targetsOf = await compileTargets(backend, model)
  try {
    const { value } = await stream.next()
    const counts = tokenCounts(model, rules)
    const batch = maskedBatch({ model, rules, counts, seed, step: 0 }, value)
    const samples: number = value.samples.length
    const moving = model.config.frames > 1
    const pixels = batch.clips.length / samples
    const [meanColour, staticCopy] = [new Mean(), new Mean()]
    for (let i = 0; i < samples; i++) {
      const of = <T extends Int32Array | Float32Array>(array: T, count: number) =>
        array.subarray(i * count, (i + 1) * count) as T
      const clip = batch.clips.subarray(i * pixels, (i + 1) * pixels)
      const tokens = await targetsOf.run(clip)
      const colour = meanOf(tokens)
      const visible = of(batch.visible, counts.visible)
      const weight = of(batch.weight, counts.targets)
      of(batch.targets, counts.targets).forEach((target, j) => {
        if (weight[j] === 0) return
        meanColour.add(errorOf(tokens[target], colour))
        if (moving)
          staticCopy.add(errorOf(tokens[target], tokens[nearest(target, visible, model.grid)]))
      })
    }
    return {
      meanColour: meanColour.value,
      ...(moving && { staticCopy: staticCopy.value }),
      samples,
    }
  } finally {
    await Promise.all([stream.return?.(), targetsOf.dispose()])
  }
}

class Mean {
  #sum = 0
  #count = 0

  add(value: number): void {
    this.#sum += value
    this.#count++
  }

  get value(): number {
    return this.#sum / this.#count
  }
}

/** The target [width] of every token of a clip. */
async function compileTargets(backend: Backend, model: PretrainModel) {
  const count = tokensOf(model.grid)
  const { clips } = model.batchSpecs(1, { visible: 1, targets: count }, "u8", false)
  const specs: { clips: Spec; targets: Spec } = { clips, targets: spec("i32", [1, count]) }
  const compiled = await compile(
    backend,
    (batch: { clips: Tensor; targets: Tensor }) => ({ target: model.targetOf(batch) }),
    { specs, name: "baselines" },
  )
  const targets = Int32Array.from({ length: count }, (_, i) => i)
  return {
    async run(clip: Uint8Array): Promise<Float32Array[]> {
      const { target } = compiled.run({ clips: clip, targets })
      try {
        const all = (await target.data()) as Float32Array
        const width = all.length / count
        return Array.from(targets, (i) => all.subarray(i * width, (i + 1) * width))
      } finally {
        target.dispose()
      }
    },
    dispose: () => compiled.dispose(),
  }
}

/** A token of the mean of each colour; colours vary fastest. */
function meanOf(tokens: readonly Float32Array[]): Float32Array {
  const sums = new Float64Array(3)
  for (const token of tokens) {
    for (let i = 0; i < token.length; i++) sums[i % 3] += token[i]
  }
  const count = (tokens.length * tokens[0].length) / 3
  return tokens[0].map((_, i) => sums[i % 3] / count)
}

/** The mean squared error of a token. */
function errorOf(target: Float32Array, prediction: Float32Array): number {
  let sum = 0
  for (let i = 0; i < target.length; i++) sum += (target[i] - prediction[i]) ** 2
  return sum / target.length
}

/** The visible token nearest in place, then in time. */
function nearest(target: number, visible: Int32Array, grid: Grid): number {
  const place = placeIn(grid)
  const [time, row, column] = place(target)
  let best = visible[0]
  let least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (const token of visible) {
    const [t, r, c] = place(token)
    const distance = [(r - row) ** 2 + (c - column) ** 2, Math.abs(t - time)]
    const closer = distance[0] - least[0] || distance[1] - least[1]
    if (closer < 0) [best, least] = [token, distance]
  }
  return best
}

const placeIn =
  ({ height, width }: Grid) =>
  (token: number) =>
    [
      Math.floor(token / (height * width)),
      Math.floor(token / width) % height,
      token % width,
    ] as const
