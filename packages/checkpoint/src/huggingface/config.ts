import type { JsonObject } from "../files/json.js"
import { type Fields, fields, labelsOf } from "./fields.js"
import type { HuggingFaceModel, StackShape } from "./model.js"

/** A model, and notes on values that were corrected. */
export interface ReadConfig {
  readonly model: HuggingFaceModel
  readonly notes: readonly string[]
}

/** Default decoders in transformers. */
const decoders: Readonly<Record<string, StackShape>> = {
  videomae: { dim: 384, depth: 4, heads: 6, mlpHidden: 1536 },
  vit_mae: { dim: 512, depth: 8, heads: 16, mlpHidden: 2048 },
}

/** Reads `config.json` of a VideoMAE, a ViTMAE or a ViT; errors name `file`. */
export function readConfig(config: JsonObject, file: string): ReadConfig {
  const read = fields(config, file)
  const type = read.text("model_type", "")
  if (!["videomae", "vit_mae", "vit"].includes(type)) {
    return read.refuse(`its model_type is "${type.slice(0, 60)}", not videomae, vit_mae or vit`)
  }
  if (read.count("num_channels", 3) !== 3) read.refuse("its num_channels is not 3")
  const video = type === "videomae"
  const task = taskOf(config, type)
  const wide = { dim: 768, depth: 12, heads: 12, mlpHidden: 3072 }
  const written = stack(read, "", wide)
  const encoder = { ...written, heads: trustedHeads(written) }
  const decoder = task === "pre-training" && stack(read, "decoder_", decoders[type])
  const model: HuggingFaceModel = {
    system: video ? "videomae" : "mae",
    task,
    imageSize: read.count("image_size", 224),
    patchSize: read.count("patch_size", 16),
    frames: video ? read.count("num_frames", 16) : 1,
    tubelet: video ? read.count("tubelet_size", 2) : 1,
    encoder,
    ...(decoder && { decoder }),
    eps: read.number("layer_norm_eps", 1e-12),
    qkvBias: read.flag("qkv_bias", true),
    pool: video && read.flag("use_mean_pooling", true) ? "mean" : "token",
    normalisedTarget: read.flag("norm_pix_loss", video),
    labels: task === "classification" ? labelsOf(config, read) : [],
  }
  return { model, notes: notesOn(written, encoder) }
}

function taskOf(config: JsonObject, type: string): HuggingFaceModel["task"] {
  const names = Array.isArray(config.architectures) ? config.architectures.map(String) : []
  if (names.some((name) => name.endsWith("ForPreTraining"))) return "pre-training"
  if (names.some((name) => name.endsWith("Classification"))) return "classification"
  return names.length === 0 && type === "vit_mae" ? "pre-training" : "encoder"
}

const stack = (read: Fields, prefix: string, fallback: StackShape): StackShape => ({
  dim: read.count(`${prefix}hidden_size`, fallback.dim),
  depth: read.count(`${prefix}num_hidden_layers`, fallback.depth),
  heads: read.count(`${prefix}num_attention_heads`, fallback.heads),
  mlpHidden: read.count(`${prefix}intermediate_size`, fallback.mlpHidden),
})

/**
 * Configs of published small models claim 16 heads of width 24, a constant of the conversion
 * script. The authors trained 6 heads of width 64, as in every ViT-S.
 */
const trustedHeads = ({ dim, heads }: StackShape): number =>
  dim === 384 && heads === 16 ? 6 : heads

const notesOn = (written: StackShape, { heads }: StackShape): string[] =>
  written.heads === heads
    ? []
    : [
        `its config says ${written.heads} heads, but the authors' small model has ${heads}, so ` +
          `${heads} is used; set the heads yourself for a model that was trained in transformers`,
      ]

const architectures = {
  videomae: {
    "pre-training": "VideoMAEForPreTraining",
    classification: "VideoMAEForVideoClassification",
    encoder: "VideoMAEModel",
  },
  mae: {
    "pre-training": "ViTMAEForPreTraining",
    classification: "ViTForImageClassification",
    encoder: "ViTMAEModel",
  },
} as const

/** The content of `config.json` for a model, as transformers reads it. */
export function formatConfig(model: HuggingFaceModel): Record<string, unknown> {
  const { system, task, labels } = model
  const video = system === "videomae"
  const type = video ? "videomae" : task === "classification" ? "vit" : "vit_mae"
  return {
    architectures: [architectures[system][task]],
    model_type: type,
    image_size: model.imageSize,
    patch_size: model.patchSize,
    num_channels: 3,
    ...(video && { num_frames: model.frames, tubelet_size: model.tubelet }),
    ...stackFields(model.encoder, ""),
    hidden_act: "gelu",
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0,
    initializer_range: 0.02,
    layer_norm_eps: model.eps,
    qkv_bias: model.qkvBias,
    ...(video && { use_mean_pooling: model.pool === "mean" }),
    ...(model.decoder && stackFields(model.decoder, "decoder_")),
    ...(task === "pre-training" && { norm_pix_loss: model.normalisedTarget }),
    ...(task === "pre-training" && !video && { mask_ratio: 0.75 }),
    ...(task === "classification" && {
      id2label: Object.fromEntries(labels.map((label, id) => [id, label])),
      label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
    }),
  }
}

const stackFields = ({ dim, depth, heads, mlpHidden }: StackShape, prefix: string) => ({
  [`${prefix}hidden_size`]: dim,
  [`${prefix}num_hidden_layers`]: depth,
  [`${prefix}num_attention_heads`]: heads,
  [`${prefix}intermediate_size`]: mlpHidden,
})
