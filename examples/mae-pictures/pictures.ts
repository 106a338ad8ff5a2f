import type { Backend } from "@tubelet/core"
import { presetConfig, pretrainModel, targets } from "@tubelet/models"
import { pretrain } from "@tubelet/train"

/** Pre-trains a small MAE on all images in a folder, recursively, and returns the losses. */
export async function pretrainOnPictures(
  backend: Backend,
  { folder, steps, size = 64 }: { folder: string; steps: number; size?: number },
): Promise<number[]> {
  const config = presetConfig("mae-ti", { imageSize: size, patchSize: 8 })
  const model = pretrainModel(config, { target: targets.pixels })
  const losses: number[] = []
  const options = { batch: 8, steps, learningRate: 1e-3, warmup: 0 }
  for await (const { loss } of pretrain({ model, data: folder, backend, ...options })) {
    losses.push(loss)
  }
  return losses
}
