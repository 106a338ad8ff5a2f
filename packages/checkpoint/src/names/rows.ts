/**
 * A tensor's name in the authors' scheme and in another. `#` stands for a block's number, `@` for
 * `weight` or `bias`. Names in braces are concatenated along rows to form the other side's tensor;
 * `0` is a block of zeros that its side does not store. The rows work in both directions.
 */
export type Row = readonly [official: string, theirs: string]

const block: readonly Row[] = [
  ["norm1.@", "layernorm_before.@"],
  ["norm2.@", "layernorm_after.@"],
  ["attn.qkv.weight", "attention.attention.{query,key,value}.weight"],
  ["attn.proj.@", "attention.output.dense.@"],
  ["mlp.fc1.@", "intermediate.dense.@"],
  ["mlp.fc2.@", "output.dense.@"],
]

/** MAE's attention has a bias for each of query, key and value. */
const imageBiases: readonly Row[] = [
  ["attn.qkv.bias", "attention.attention.{query,key,value}.bias"],
]

/** The video models have no key bias. Version 5 of transformers stores one of zeros. */
const videoBiases: Readonly<Record<4 | 5, readonly Row[]>> = {
  4: [["attn.{q_bias,v_bias}", "attention.attention.{q_bias,v_bias}"]],
  5: [["attn.{q_bias,0,v_bias}", "attention.attention.{query,key,value}.bias"]],
}

const layers = (official: string, theirs: string, rows: readonly Row[]): Row[] =>
  rows.map(([a, b]) => [`${official}.#.${a}`, `${theirs}.#.${b}`])

/** Names shared by both sides. */
const same = (...names: readonly string[]): Row[] => names.map((name) => [name, name])

/**
 * Hugging Face's VideoMAE. The authors' names have the prefix `encoder.` only if there is a
 * decoder. `versions`: the transformers versions whose names of attention biases are included.
 */
export function videoRows(pretraining: boolean, versions: readonly (4 | 5)[]): Row[] {
  const encoder = pretraining ? "encoder." : ""
  const inBlock = [...block, ...versions.flatMap((version) => videoBiases[version])]
  return [
    [`${encoder}patch_embed.proj.@`, "videomae.embeddings.patch_embeddings.projection.@"],
    ...layers(`${encoder}blocks`, "videomae.encoder.layer", inBlock),
    [`${encoder}norm.@`, "videomae.layernorm.@"],
    ...same("encoder_to_decoder.weight", "mask_token", "decoder.norm.@", "decoder.head.@"),
    ...layers("decoder.blocks", "decoder.decoder_layers", inBlock),
    ...same("fc_norm.@"),
    ["head.@", "classifier.@"],
  ]
}

/** Hugging Face's ViTMAE, and its ViT for classifiers built on MAE's encoder. */
export const imageRows: readonly Row[] = [
  ["cls_token", "vit.embeddings.cls_token"],
  ["pos_embed", "vit.embeddings.position_embeddings"],
  ["patch_embed.proj.@", "vit.embeddings.patch_embeddings.projection.@"],
  ...layers("blocks", "vit.encoder.layer", [...block, ...imageBiases]),
  ["norm.@", "vit.layernorm.@"],
  ["mask_token", "decoder.mask_token"],
  ["decoder_pos_embed", "decoder.decoder_pos_embed"],
  ["decoder_embed.@", "decoder.decoder_embed.@"],
  ...layers("decoder_blocks", "decoder.decoder_layers", [...block, ...imageBiases]),
  ["decoder_norm.@", "decoder.decoder_norm.@"],
  ["decoder_pred.@", "decoder.decoder_pred.@"],
  ["head.@", "classifier.@"],
]

/** timm's ViT uses MAE's names, but with one bias for query, key and value in video models. */
export const timmVideoRows: readonly Row[] = [
  ["blocks.#.attn.{q_bias,0,v_bias}", "blocks.#.attn.qkv.bias"],
]
