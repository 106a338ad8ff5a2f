import type { Spec, Values } from "@tubelet/core"
import { tokensOf } from "@tubelet/masking"
import {
  type Batch,
  type ClassifierConfig,
  classifierModel,
  type LabelledBatch,
  type PretrainConfig,
  pretrainModel,
  softTargets,
} from "@tubelet/models"
import { classifierMacs, forwardMacs } from "@tubelet/models/flops"
import {
  batchDrops,
  finetunePlan,
  type MaskRules,
  pretrainPlan,
  type StepPlan,
  tokenCounts,
} from "@tubelet/train"
import { noiseBatches, noiseClips } from "../setup/noise.js"

/** Training to forecast: the step of any task, on batches of noise. */
export interface Forecast<S> {
  readonly plan: StepPlan<S>
  /** Samples per batch: clips, each repeated. */
  readonly clips: number
  /** Tokens per sample, without the class token. */
  readonly tokens: { readonly all: number; readonly visible?: number; readonly targets?: number }
  /** Multiply-adds of one sample's forward pass, by part. */
  readonly macs: Readonly<Record<string, number>>
  /** A batch of noise. */
  draw(): Values<S>
  /** The same with a share of the blocks, at least one. */
  shallower(share: number): Forecast<S>
}

/** Six FLOPs per multiply-add of the forward pass: two forward, four backward. */
export const flopsOf = <S>({ macs, clips }: Pick<Forecast<S>, "macs" | "clips">): number =>
  6 * clips * Object.values(macs).reduce((a, b) => a + b)

const fewer = <T extends { readonly depth: number }>(stack: T, share: number): T => ({
  ...stack,
  depth: Math.max(1, Math.round(stack.depth * share)),
})

export function forecastPretrain(
  config: PretrainConfig,
  rules: MaskRules,
  clips: number,
): Forecast<Batch<Spec>> {
  const model = pretrainModel(config)
  const counts = tokenCounts(model, rules)
  return {
    ...{ clips, macs: forwardMacs(config, counts) },
    plan: pretrainPlan(model, { batch: clips, counts }),
    tokens: { all: tokensOf(model.grid), ...counts },
    draw: () => noiseBatches(model, rules, counts, clips)(0),
    shallower(share) {
      const [encoder, decoder] = [fewer(config.encoder, share), fewer(config.decoder, share)]
      return forecastPretrain({ ...config, encoder, decoder }, rules, clips)
    },
  }
}

/** Fine-tuning with drop path, as in all recipes. */
export function forecastFinetune(
  config: ClassifierConfig,
  clips: number,
): Forecast<LabelledBatch<Spec>> {
  const model = classifierModel(config, { dropPath: 0.1 })
  const { classes } = config
  return {
    ...{ clips, macs: classifierMacs(config) },
    plan: finetunePlan(model, { batch: clips, layerDecay: 0.75 }),
    tokens: { all: tokensOf(model.grid) },
    draw() {
      const samples = Array.from({ length: clips }, (_, index) => ({ epoch: 0, index }))
      return {
        clips: noiseClips(config, clips),
        labels: softTargets(new Int32Array(clips), { classes, smoothing: 0.1 }),
        weight: new Float32Array(clips).fill(1),
        ...batchDrops(model, { seed: 0, samples }),
      }
    },
    shallower: (share) =>
      forecastFinetune({ ...config, encoder: fewer(config.encoder, share) }, clips),
  }
}
