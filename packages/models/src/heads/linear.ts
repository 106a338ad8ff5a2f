import { linear } from "@tubelet/core"
import { type Initialiser, init, linearParameters, under } from "@tubelet/vit"
import type { Head, HeadConfig } from "./head.js"

/** MAE's initialisation for fine-tuning; the video models scale 0.02 by 0.001. */
const fineTuned = init.truncatedNormal(2e-5)

/** A linear layer on the features. */
export function linearHead(
  { classes, encoder: { dim } }: HeadConfig,
  { name = "head", weight = fineTuned }: { name?: string; weight?: Initialiser } = {},
): Head {
  return {
    declarations: under(name, linearParameters(dim, classes, weight)),
    buffers: [],
    logits: (params, features) =>
      linear(features, params[`${name}.weight`], params[`${name}.bias`]),
  }
}
