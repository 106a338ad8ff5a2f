import type { Shape } from "@tubelet/core"

/** Whether weight decay acts on a parameter. */
export type Decays = (name: string, shape: Shape) => boolean

/** MAE's pre-training: no biases and no vectors; its tokens are decayed. */
export const decaysMae: Decays = (name, shape) => shape.length > 1 && !name.endsWith(".bias")

const tokens = ["pos_embed", "cls_token", "mask_token"]

const lastPart = (name: string): string => name.slice(name.lastIndexOf(".") + 1)

/**
 * The video models, and all fine-tuning: tokens, learned positions (`encoder.pos_embed` too) and
 * the scale of cosine attention are spared.
 */
export const decaysVideo: Decays = (name, shape) =>
  decaysMae(name, shape) && !tokens.includes(lastPart(name)) && lastPart(name) !== "scale"

/**
 * The layer of a classifier's parameter: 0 for patch embedding and tokens, 1 to `depth` for the
 * blocks, `depth` + 1 for all behind them.
 */
export function layerOf(name: string, depth: number): number {
  if (tokens.includes(name) || name.startsWith("patch_embed.")) return 0
  const block = /^blocks\.(\d+)\./.exec(name)
  return block ? Number(block[1]) + 1 : depth + 1
}

/** Layer decay (as BEiT has it): each layer learns `decay` times as fast as the one behind it. */
export const layerLrScale =
  (decay: number, depth: number) =>
  (name: string): number =>
    decay ** (depth + 1 - layerOf(name, depth))
