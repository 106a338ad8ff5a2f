/**
 * What tensors are called elsewhere: the authors' name first. `#` stands for a block's number, `@`
 * for `weight` or `bias`. Names in braces are stacked by rows to the tensor on the other side, and
 * `0` is a block of zeros that one side does without. Both directions are read from these rows.
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

/** The video models have none for keys. Version 5 of transformers has, and fills in zeros. */
const videoBiases: Readonly<Record<4 | 5, readonly Row[]>> = {
  4: [["attn.{q_bias,v_bias}", "attention.attention.{q_bias,v_bias}"]],
  5: [["attn.{q_bias,0,v_bias}", "attention.attention.{query,key,value}.bias"]],
}

const layers = (official: string, theirs: string, rows: readonly Row[]): Row[] =>
  rows.map(([a, b]) => [`${official}.#.${a}`, `${theirs}.#.${b}`])

/** Names that both sides share. */
const same = (...names: readonly string[]): Row[] => names.map((name) => [name, name])

/**
 * Hugging Face's VideoMAE. The authors call the encoder `encoder.` beside a decoder, and by no name
 * without one. `versions`: whose names of the attention biases, transformers 4's or 5's.
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

/** Hugging Face's ViTMAE, and its ViT for what MAE's encoder becomes. */
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

/** timm's ViT bears MAE's names; of a video model it has one bias for query, key and value. */
export const timmVideoRows: readonly Row[] = [
  ["blocks.#.attn.{q_bias,0,v_bias}", "blocks.#.attn.qkv.bias"],
]
