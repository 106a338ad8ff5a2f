import type { Shape } from "@tubelet/core"

/** Whether a parameter is decayed. */
export type Decays = (name: string, shape: Shape) => boolean

/** For MAE's pre-training: biases and vectors are not decayed, tokens are. */
export const decaysMae: Decays = (name, shape) => shape.length > 1 && !name.endsWith(".bias")

const tokens = ["pos_embed", "cls_token", "mask_token"]

const lastPart = (name: string): string => name.slice(name.lastIndexOf(".") + 1)

/**
 * For the video models and all fine-tuning. Besides MAE's exclusions, tokens, learned position
 * embeddings (including `encoder.pos_embed`) and the scale of cosine attention are not decayed.
 */
export const decaysVideo: Decays = (name, shape) =>
  decaysMae(name, shape) && !tokens.includes(lastPart(name)) && lastPart(name) !== "scale"

/**
 * The layer of a classifier's parameter: 0 for patch embedding and tokens, 1 to `depth` for the
 * blocks, `depth` + 1 for everything after them.
 */
export function layerOf(name: string, depth: number): number {
  if (tokens.includes(name) || name.startsWith("patch_embed.")) return 0
  const block = /^blocks\.(\d+)\./.exec(name)
  return block ? Number(block[1]) + 1 : depth + 1
}

/** Layer decay (as in BEiT): each layer's learning rate is `decay` times that of the next one. */
export const layerLrScale =
  (decay: number, depth: number) =>
  (name: string): number =>
    decay ** (depth + 1 - layerOf(name, depth))
