import type { TensorFile } from "../tensor-file.js"

/** A naming scheme. timm's ViT and the authors' MAE share theirs, which is "official". */
export type Naming = "official" | "timm" | "huggingface" | "unknown"

/** What a set of weights contains. */
export type Contents = "pre-training" | "classifier" | "encoder"

export interface Kind {
  readonly naming: Naming
  /** Whether it embeds tubelets of a video rather than patches of an image. */
  readonly video: boolean
  readonly contents: Contents
}

type Shapes = Pick<TensorFile, "names" | "shape">

const patch = /(^|\.)patch_embed(ding)?s?\.proj(ection)?\.weight$/
const theirs = /(^|\.)(patch_embeddings\.projection|encoder\.layer\.\d+|decoder_layers\.\d+)\./
const ours = /(^|\.)(patch_embed\.proj|blocks\.\d+\.(norm1|attn|mlp))\./

function namingOf(names: readonly string[], video: boolean): Naming {
  if (names.some((name) => theirs.test(name))) return "huggingface"
  if (video && names.some((name) => /(^|\.)blocks\.\d+\.attn\.qkv\.bias$/.test(name))) return "timm"
  return names.some((name) => ours.test(name)) ? "official" : "unknown"
}

function contentsOf(names: readonly string[]): Contents {
  if (names.some((name) => /^(decoder[._]|encoder_to_decoder\.|mask_token$)/.test(name)))
    return "pre-training"
  return names.some((name) => /^(head|classifier)\./.test(name)) ? "classifier" : "encoder"
}

/** Recognises a set of tensors by names and by the patch embedding's dimensions. */
export function detect(file: Shapes): Kind {
  const embedding = file.names.find((name) => patch.test(name))
  const bare = embedding === undefined && file.names.some((name) => name.startsWith("videomae."))
  const video = bare || (embedding !== undefined && file.shape(embedding).length === 5)
  return { naming: namingOf(file.names, video), video, contents: contentsOf(file.names) }
}
