import { linear } from "@tubelet/core"
import { type Initialiser, init, linearParameters, under } from "@tubelet/vit"
import type { Head, HeadConfig } from "./head.js"

/** The initialisation for fine-tuning: the video models scale 0.02 by 0.001, MAE draws 2e-5. */
export const fineTuned = (scale = 0.001): LinearHeadOptions => ({
  ...{ name: "head", weight: init.truncatedNormal(0.02 * scale) },
})

interface LinearHeadOptions {
  readonly name: string
  readonly weight: Initialiser
}

/** A linear layer on the features. */
export function linearHead(
  { classes, encoder: { dim } }: HeadConfig,
  { name, weight }: LinearHeadOptions,
): Head {
  return {
    declarations: under(name, linearParameters(dim, classes, weight)),
    buffers: [],
    logits: (params, features) =>
      linear(features, params[`${name}.weight`], params[`${name}.bias`]),
  }
}
