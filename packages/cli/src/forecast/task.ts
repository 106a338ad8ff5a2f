import type { Backend, HostArray } from "@tubelet/core"
import { tokensOf } from "@tubelet/masking"
import {
  type ClassifierConfig,
  classifierModel,
  type PretrainConfig,
  pretrainModel,
  softTargets,
  type TrainableModel,
} from "@tubelet/models"
import { classifierMacs, forwardMacs } from "@tubelet/models/flops"
import {
  batchDrops,
  type CompileStepOptions,
  compileFinetuneStep,
  compilePretrainStep,
  type MaskRules,
  type TrainStep,
  tokenCounts,
} from "@tubelet/train"
import { noiseBatches, noiseClips } from "../setup/noise.js"

/** Training that is to be forecast: its step, whatever it learns. */
export interface Task {
  readonly name: "pretrain" | "finetune"
  readonly model: TrainableModel<never>
  readonly batch: number
  /** Tokens a sample, without class token. */
  readonly tokens: { readonly all: number; readonly visible?: number; readonly targets?: number }
  /** Multiply-adds of one sample's forward pass, by part. */
  readonly macs: Readonly<Record<string, number>>
  compile(backend: Backend, options?: CompileStepOptions): Promise<TrainStep<object>>
  /** A batch of noise. */
  draw(): Readonly<Record<string, HostArray>>
  /** The same task on a model of so many blocks fewer: a share of its depth, at least one. */
  shallower(share: number): Task
}

/** Six operations for each multiply-add of the forward pass: it, and twice that backward. */
export const flopsOf = ({ macs, batch }: Pick<Task, "macs" | "batch">): number =>
  6 * batch * Object.values(macs).reduce((a, b) => a + b)

const fewer = <T extends { readonly depth: number }>(stack: T, share: number): T => ({
  ...stack,
  depth: Math.max(1, Math.round(stack.depth * share)),
})

export function pretrainTask(config: PretrainConfig, rules: MaskRules, batch: number): Task {
  const model = pretrainModel(config)
  const counts = tokenCounts(model, rules)
  return {
    ...{ name: "pretrain", model, batch, macs: forwardMacs(config, counts) },
    tokens: { all: tokensOf(model.grid), ...counts },
    compile: (backend, options) =>
      compilePretrainStep(backend, model, { batch, counts, ...options }) as never,
    draw: () => ({ ...noiseBatches(model, rules, counts, batch)(0) }),
    shallower: (share) =>
      pretrainTask(
        { ...config, encoder: fewer(config.encoder, share), decoder: fewer(config.decoder, share) },
        rules,
        batch,
      ),
  }
}

/** Fine-tuning with drop path, as all recipes have it. */
export function finetuneTask(config: ClassifierConfig, batch: number): Task {
  const model = classifierModel(config, { dropPath: 0.1 })
  const { classes } = config
  return {
    ...{ name: "finetune", model, batch, macs: classifierMacs(config) },
    tokens: { all: tokensOf(model.grid) },
    compile: (backend, options) =>
      compileFinetuneStep(backend, model, { batch, layerDecay: 0.75, ...options }) as never,
    draw() {
      const samples = Array.from({ length: batch }, (_, index) => ({ epoch: 0, index }))
      return {
        clips: noiseClips(config, batch),
        labels: softTargets(new Int32Array(batch), { classes, smoothing: 0.1 }),
        weight: new Float32Array(batch).fill(1),
        ...batchDrops(model, { seed: 0, samples }),
      }
    },
    shallower: (share) => finetuneTask({ ...config, encoder: fewer(config.encoder, share) }, batch),
  }
}
