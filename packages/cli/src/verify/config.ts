import { TubeletError } from "@tubelet/core"
import {
  type ClassifierConfig,
  type EncoderConfig,
  type PretrainConfig,
  type System,
  type Tower,
  targetNamed,
} from "@tubelet/models"
import { theirLastEps } from "../setup/their-eps.js"

/** A set's configuration, in the authors' words or in Hugging Face's. */
export type SetConfig = Readonly<Record<string, unknown>>

/** The first of several spellings of a field that a configuration has. */
function field(config: SetConfig, names: readonly string[], fallback?: number): number {
  const name = names.find((n) => config[n] !== undefined && config[n] !== null)
  const value = name === undefined ? fallback : config[name]
  if (typeof value === "number") return value
  throw new TubeletError(
    `the set's config has no ${names.join(" or ")}`,
    "see meta.json of the set",
  )
}

function tower(config: SetConfig, prefix: string, alias: string): Tower {
  const named = (name: string) => [`${prefix}${name}`, `${alias}${name}`]
  const dim = field(config, named("embed_dim"))
  const ratio = field(config, [`${prefix}mlp_ratio`, "mlp_ratio"], 4)
  return {
    dim,
    depth: field(config, named("depth")),
    heads: field(config, named("num_heads")),
    mlpHidden: Math.trunc(dim * ratio),
  }
}

/** Reads the authors' fields of an encoder; what is left out has their default. */
function officialEncoder(system: System, config: SetConfig): EncoderConfig {
  const video = system !== "mae"
  return {
    system,
    imageSize: field(config, ["img_size", "input_size"], 224),
    patchSize: field(config, ["patch_size"], 16),
    frames: video ? field(config, ["num_frames", "all_frames"], 16) : 1,
    tubelet: video ? field(config, ["tubelet_size"], 2) : 1,
    encoder: tower(config, "encoder_", ""),
    eps: field(config, ["layer_norm_eps", "norm_eps"], 1e-6),
    qkvBias: config.qkv_bias !== false,
    initValues: field(config, ["init_values"], 0),
    cosineAttention: config.cos_attn === true,
    learnablePositions: config.use_learnable_pos_emb === true,
  }
}

export const officialConfig = (system: System, config: SetConfig): PretrainConfig => ({
  ...officialEncoder(system, config),
  decoder: tower(config, "decoder_", "decoder_"),
})

/** What a run of a set predicts: normalised pixels, unless its config says otherwise. */
export const officialTarget = (config: SetConfig) =>
  targetNamed(
    [config.norm_pix_loss, config.normlize_target, config.normalize_target].includes(false)
      ? "pixels"
      : "normalised",
  )

export function officialClassifier(system: System, config: SetConfig): ClassifierConfig {
  // MAE's class takes the class token unless told, those of video the mean.
  const mean =
    system === "mae"
      ? config.global_pool === true
      : config.use_mean_pooling !== false && config.use_cls !== true
  return {
    ...officialEncoder(system, config),
    classes: field(config, ["num_classes", "nb_classes"], 1000),
    pool: mean ? "mean" : "token",
  }
}

/** Reads the encoder of a Hugging Face VideoMAE, with the eps values its code really uses. */
const huggingFaceEncoder = (config: SetConfig): EncoderConfig => ({
  system: "videomae",
  imageSize: field(config, ["image_size"], 224),
  patchSize: field(config, ["patch_size"], 16),
  frames: field(config, ["num_frames"], 16),
  tubelet: field(config, ["tubelet_size"], 2),
  encoder: {
    dim: field(config, ["hidden_size"], 768),
    depth: field(config, ["num_hidden_layers"], 12),
    heads: field(config, ["num_attention_heads"], 12),
    mlpHidden: field(config, ["intermediate_size"], 3072),
  },
  eps: field(config, ["layer_norm_eps"], 1e-12),
  qkvBias: config.qkv_bias !== false,
  initValues: 0,
  cosineAttention: false,
  learnablePositions: false,
})

export const huggingFaceConfig = (config: SetConfig): PretrainConfig => ({
  ...huggingFaceEncoder(config),
  decoder: {
    dim: field(config, ["decoder_hidden_size"], 384),
    depth: field(config, ["decoder_num_hidden_layers"], 4),
    heads: field(config, ["decoder_num_attention_heads"], 6),
    mlpHidden: field(config, ["decoder_intermediate_size"], 1536),
  },
  decoderNormEps: theirLastEps,
})

export const huggingFaceClassifier = (config: SetConfig, classes: number): ClassifierConfig => ({
  ...huggingFaceEncoder(config),
  classes,
  ...(config.use_mean_pooling === false
    ? { pool: "token" }
    : { pool: "mean", lastNormEps: theirLastEps }),
})
