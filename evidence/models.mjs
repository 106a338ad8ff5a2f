import { maskingNamed } from "@tubelet/masking"
import {
  classifierConfig,
  classifierModel,
  presetConfig,
  pretrainModel,
  targetNamed,
} from "@tubelet/models"
import { finetuning } from "./protocol.mjs"

const stack = (dim, depth, heads) => ({ dim, depth, heads, mlpHidden: 4 * dim })

/** Size xs: 64 tokens, on both sets. */
const xs = { imageSize: 32, encoder: stack(96, 4, 3), decoder: stack(48, 2, 3) }
const cuts = {
  digits: { frames: 8, tubelet: 2, patchSize: 8 },
  fashion: { frames: 1, tubelet: 1, patchSize: 4 },
}

const configOf = ({ system, set }) => presetConfig(`${system}-ti`, { ...xs, ...cuts[set] })

/** The model that an arm pre-trains, and its masks. */
export function pretrainingOf(arm) {
  const { target = "normalised", masks } = arm
  const named = ({ masking, ratio }) => ({ masking: maskingNamed(masking), ratio })
  return {
    model: pretrainModel(configOf(arm), { target: targetNamed(target) }),
    masks: Object.fromEntries(Object.entries(masks).map(([who, rule]) => [who, named(rule)])),
  }
}

/** The classifier that an arm fine-tunes. */
export const classifierOf = (arm, classes) =>
  classifierModel(classifierConfig(configOf(arm), { classes }), {
    ...{ weightInit: "xavier", dropPath: finetuning.dropPath, initScale: finetuning.initScale },
  })

/** The encoder that a linear probe reads: MAE's class token, or the mean of a video's tokens. */
export const encoderOf = (arm) =>
  classifierModel(
    classifierConfig(configOf(arm), { classes: 0, pool: arm.system === "mae" ? "token" : "none" }),
    { weightInit: arm.weightInit ?? "xavier" },
  )
