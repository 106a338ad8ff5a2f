import { TubeletError } from "@tubelet/core"
import {
  type ClassifierConfig,
  type EncoderConfig,
  type PretrainConfig,
  type StackConfig,
  type System,
  type Target,
  targetNamed,
} from "@tubelet/models"
import { patchPixels } from "@tubelet/vit"
import { theirLastEps } from "../setup/their-eps.js"
import { type FieldReader, fieldReader, type SetConfig } from "./fields.js"

/** The pre-training model of a set: its shape and target. */
export interface Pretraining {
  readonly config: PretrainConfig
  readonly target: Target
}

function stack(read: FieldReader, prefix: string, alias: string): StackConfig {
  const named = (name: string) => [`${prefix}${name}`, `${alias}${name}`]
  const dim = read.number(named("embed_dim"))
  const ratio = read.number([`${prefix}mlp_ratio`, "mlp_ratio"], 4)
  return {
    dim,
    depth: read.number(named("depth")),
    heads: read.number(named("num_heads")),
    mlpHidden: Math.trunc(dim * ratio),
  }
}

/** Reads an encoder's fields in the authors' config, with their defaults. */
function officialEncoder(system: System, read: FieldReader): EncoderConfig {
  const video = system !== "mae"
  return {
    system,
    imageSize: read.number(["img_size", "input_size"], 224),
    patchSize: read.number(["patch_size"], 16),
    frames: video ? read.number(["num_frames", "all_frames"], 16) : 1,
    tubelet: video ? read.number(["tubelet_size"], 2) : 1,
    encoder: stack(read, "encoder_", ""),
    eps: read.number(["layer_norm_eps", "norm_eps"], 1e-6),
    qkvBias: read.flag(["qkv_bias"], true),
    initValues: read.number(["init_values"], 0),
    cosineAttention: read.flag(["cos_attn"], false),
    learnablePositions: read.flag(["use_learnable_pos_emb"], false),
  }
}

/** A pre-training set predicts normalised pixels, unless its config says otherwise. */
export function officialPretraining(system: System, fields: SetConfig): Pretraining {
  const read = fieldReader(fields)
  const config = {
    ...officialEncoder(system, read),
    decoder: stack(read, "decoder_", "decoder_"),
  }
  const normalised = read.flag(["norm_pix_loss", "normlize_target", "normalize_target"], true)
  requireWidth(config, read.number(["decoder_num_classes"], patchPixels(config)))
  read.number(["num_classes"], 0) // The authors' models accept it without having classes.
  read.finish()
  return { config, target: targetNamed(normalised ? "normalised" : "pixels") }
}

function requireWidth(config: PretrainConfig, width: number): void {
  if (width === patchPixels(config)) return
  throw new TubeletError(
    `the set has decoder_num_classes ${width}, but a token has ${patchPixels(config)} values`,
    "see its patch_size and tubelet_size",
  )
}

export function officialClassifier(system: System, fields: SetConfig): ClassifierConfig {
  const read = fieldReader(fields)
  // By default, MAE's classifier uses the class token; the video classifiers use the mean.
  const mean =
    system === "mae"
      ? read.flag(["global_pool"], false)
      : read.flag(["use_mean_pooling"], true) && !read.flag(["use_cls"], false)
  const config: ClassifierConfig = {
    ...officialEncoder(system, read),
    classes: read.number(["num_classes", "nb_classes"], 1000),
    pool: mean ? "mean" : "token",
  }
  read.finish()
  return config
}

/** The eps of Hugging Face's layer norms. */
const theirEps = (read: FieldReader) => read.number(["layer_norm_eps"], 1e-12)

/** Reads the encoder of a Hugging Face VideoMAE, ViTMAE or ViT. */
const huggingFaceEncoder = (system: System, read: FieldReader): EncoderConfig => ({
  system,
  imageSize: read.number(["image_size"], 224),
  patchSize: read.number(["patch_size"], 16),
  frames: system === "mae" ? 1 : read.number(["num_frames"], 16),
  tubelet: system === "mae" ? 1 : read.number(["tubelet_size"], 2),
  encoder: theirStack(read, "", { dim: 768, depth: 12, heads: 12, mlpHidden: 3072 }),
  eps: theirEps(read),
  qkvBias: read.flag(["qkv_bias"], true),
  initValues: 0,
  cosineAttention: false,
  learnablePositions: false,
})

const theirStack = (read: FieldReader, prefix: string, preset: StackConfig): StackConfig => ({
  dim: read.number([`${prefix}hidden_size`], preset.dim),
  depth: read.number([`${prefix}num_hidden_layers`], preset.depth),
  heads: read.number([`${prefix}num_attention_heads`], preset.heads),
  mlpHidden: read.number([`${prefix}intermediate_size`], preset.mlpHidden),
})

/** Transformers' defaults of the decoders. */
const theirDecoder: Readonly<Record<"mae" | "videomae", StackConfig>> = {
  mae: { dim: 512, depth: 8, heads: 16, mlpHidden: 2048 },
  videomae: { dim: 384, depth: 4, heads: 6, mlpHidden: 1536 },
}

/** The last norm of their video models ignores the config; ViTMAE's does not. */
const lastEps = (system: "mae" | "videomae", read: FieldReader) =>
  system === "mae" ? theirEps(read) : theirLastEps

export function huggingFacePretraining(system: "mae" | "videomae", fields: SetConfig): Pretraining {
  const read = fieldReader(fields)
  const config = {
    ...huggingFaceEncoder(system, read),
    decoder: theirStack(read, "decoder_", theirDecoder[system]),
    decoderNormEps: lastEps(system, read),
  }
  const normalised = read.flag(["norm_pix_loss"], system !== "mae")
  read.flag(["use_mean_pooling"], false) // Pre-training pools nothing.
  read.finish()
  return { config, target: targetNamed(normalised ? "normalised" : "pixels") }
}

export function huggingFaceClassifier(
  system: "mae" | "videomae",
  fields: SetConfig,
  classes: number,
): ClassifierConfig {
  const read = fieldReader(fields)
  const mean = read.flag(["use_mean_pooling"], system !== "mae")
  const config: ClassifierConfig = {
    ...huggingFaceEncoder(system, read),
    classes,
    ...(mean ? { pool: "mean", lastNormEps: lastEps(system, read) } : { pool: "token" }),
  }
  // Saved alongside, but unused.
  theirStack(read, "decoder_", theirDecoder[system])
  read.flag(["norm_pix_loss"], false)
  read.finish()
  return config
}
