import type { Backend } from "@tubelet/core"
import { presetConfig, pretrainModel } from "@tubelet/models"
import { pretrain } from "@tubelet/train"

export interface FolderOptions {
  readonly backend: Backend
  /** A folder of clips, searched recursively. */
  readonly data: string
  readonly steps: number
  /** The output folder of the run. */
  readonly out: string
}

/** Pre-trains a VideoMAE V2 small enough for a laptop; resumes an interrupted run. */
export function pretrainFolder({ backend, data, steps, out }: FolderOptions) {
  const model = pretrainModel(presetConfig("videomaev2-ti", { imageSize: 64, frames: 8 }))
  const recipe = { steps, batch: 4, learningRate: 5e-4, warmup: 0, stride: 2 }
  return pretrain({ model, data, backend, out, resume: true, ...recipe })
}
