import type { Backend } from "@tubelet/core"
import { presetConfig, pretrainModel } from "@tubelet/models"
import { pretrain } from "@tubelet/train"

export interface FolderOptions {
  readonly backend: Backend
  /** A folder of clips, searched deep. */
  readonly data: string
  readonly steps: number
  /** The run's folder. */
  readonly out: string
}

/** Pre-trains a VideoMAE V2 small enough for a laptop; goes on where it was stopped. */
export function pretrainFolder({ backend, data, steps, out }: FolderOptions) {
  const model = pretrainModel(presetConfig("videomaev2-ti", { imageSize: 64, frames: 8 }))
  const recipe = { steps, batch: 4, learningRate: 5e-4, warmup: 0, stride: 2 }
  return pretrain({ model, data, backend, out, resume: true, ...recipe })
}
