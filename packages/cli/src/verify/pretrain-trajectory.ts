import type { Backend } from "@tubelet/core"
import { pretrainModel, type System } from "@tubelet/models"
import { adamW, decaysMae, decaysVideo } from "@tubelet/train"
import { officialPretraining } from "./config.js"
import { maeBatch, maeKeep } from "./mae.js"
import { adamWOf, ratesOf, requireGroups } from "./optimizer.js"
import { type HostBatch, openPretraining } from "./pretraining.js"
import type { Arrays } from "./run.js"
import { firstOf, need, readInputs, type Tensors, type VerifySet } from "./set.js"
import { followRuns, pick, rowOf, startWeights } from "./trajectory.js"
import { videoBatch } from "./video.js"

/** The inputs of a set's steps, one per mask. */
interface Batches {
  readonly steps: number
  batch(step: number): HostBatch
}

function maeBatches(set: VerifySet, inputs: Tensors): Batches {
  const noise = need(inputs, "noise", "inputs")
  const images = firstOf(inputs, ["imgs_u8", "imgs"], "inputs")
  const [steps, size, tokens] = noise.shape as [number, number, number]
  const keep = maeKeep(set, tokens)
  return {
    steps,
    batch: (s) => maeBatch(pick(images, s, size), rowOf(noise, s) as Float32Array, size, keep),
  }
}

/** VideoMAE V2 has two masks per step: the encoder's and the decoder's. */
function videoBatches(_: VerifySet, inputs: Tensors): Batches {
  const hidden = firstOf(inputs, ["masks", "encoder_masks"], "inputs")
  const second = inputs.decoder_masks
  const videos = firstOf(inputs, ["videos_u8", "videos"], "inputs")
  const [steps, size] = hidden.shape as [number, number]
  return {
    steps,
    batch: (s) =>
      videoBatch(pick(videos, s, size), rowOf(hidden, s), size, second && rowOf(second, s)),
  }
}

/** Computes a `*-trajectory-*` set. */
export const pretrainTrajectory =
  (system: System) =>
  async (backend: Backend, set: VerifySet): Promise<Arrays> => {
    const { config, target } = officialPretraining(system, set.config)
    const model = pretrainModel(config, { target })
    const inputs = await readInputs(set.files)
    const batches = (system === "mae" ? maeBatches : videoBatches)(set, inputs)
    const rules = { decays: system === "mae" ? decaysMae : decaysVideo }
    requireGroups(set, model.specs, rules)
    const optimizer = adamW({ ...adamWOf(set), ...rules })
    const weights = await startWeights(set)
    const course = { ...batches, ...ratesOf(system, set) }
    return followRuns(set, course, (clip) =>
      openPretraining(backend, model, weights, course.batch(0), { optimizer, ...clip }),
    )
  }
