import { type Shape, sizeOf } from "@tubelet/core"
import { patchPixels } from "@tubelet/vit"
import type {
  ClassifierConfig,
  EncoderConfig,
  PretrainConfig,
  StackConfig,
  System,
} from "../config.js"

export type Shapes = Readonly<Record<string, Shape>>

/** What shapes do not reveal, if known from elsewhere, such as a config file. */
export interface FitHints {
  readonly system?: System
  readonly heads?: number
  readonly decoderHeads?: number
  readonly imageSize?: number
  readonly frames?: number
  readonly eps?: number
}

/** The kind of model that weights belong to. `encoder`: neither decoder nor head. */
export type ModelKind = "pretrain" | "classifier" | "encoder"

/** A configuration, tagged with its kind. */
export type KindOfConfig =
  | { readonly kind: "pretrain"; readonly config: PretrainConfig }
  | { readonly kind: "classifier" | "encoder"; readonly config: ClassifierConfig }

/** A configuration inferred from shapes. */
export type ReadConfig = KindOfConfig & {
  /** Fields that neither a shape nor a hint determines. */
  readonly assumed: readonly string[]
  /** The prefix of the encoder's names: `encoder.` in the video models' pre-training. */
  readonly prefix: "" | "encoder."
}

const decoderPart = /^(decoder[._]|mask_token$|encoder_to_decoder\.)/

const kindOf = (names: readonly string[]): ModelKind =>
  names.some((name) => decoderPart.test(name))
    ? "pretrain"
    : names.some((name) => name.startsWith("head."))
      ? "classifier"
      : "encoder"

/** Head counts for the authors' widths; otherwise one per 64 channels, as they do. */
const usualHeads: Readonly<Record<number, number>> = {
  ...{ 96: 3, 192: 3, 256: 8, 384: 6, 512: 8, 640: 8, 768: 12, 1024: 16, 1280: 16, 1408: 16 },
}

const guessedHeads = (dim: number): number =>
  usualHeads[dim] ??
  (dim % 64 === 0 ? dim / 64 : (([3, 2].find((h) => dim % h === 0) ?? 1) as number))

/**
 * The shape of a stack of blocks named `prefix.0`, `prefix.1`, ...; `heads` if the shapes do not
 * reveal it.
 */
function stackOf(
  shapes: Shapes,
  prefix: string,
  heads: number | undefined,
): StackConfig | undefined {
  const block = new RegExp(`^${prefix.replaceAll(".", "\\.")}\\.(\\d+)\\.(.+)$`)
  const parts = Object.entries(shapes).flatMap(([name, shape]) => {
    const [, number, part] = block.exec(name) ?? []
    return part === undefined ? [] : [{ number: Number(number), part, shape }]
  })
  // From any block: if one lacks a tensor, that is reported elsewhere.
  const shapeOf = (part: string) => parts.find((p) => p.part === part)?.shape
  const hidden = shapeOf("mlp.fc1.weight")
  const depth = parts.reduce((most, { number }) => Math.max(most, number + 1), 0)
  // More blocks than tensors: the numbers cannot be a depth.
  if (hidden?.length !== 2 || depth > parts.length) return undefined
  const [mlpHidden, dim] = hidden as [number, number]
  return {
    dim,
    depth,
    heads: shapeOf("attn.scale")?.[0] ?? heads ?? guessedHeads(dim),
    mlpHidden,
  }
}

/** Infers a model's configuration from its shapes; undefined if the model is of no known kind. */
export function configOfShapes(shapes: Shapes, hints: FitHints = {}): ReadConfig | undefined {
  const prefix = "encoder.patch_embed.proj.weight" in shapes ? "encoder." : ""
  const patch = shapes[`${prefix}patch_embed.proj.weight`]
  const encoder = stackOf(shapes, `${prefix}blocks`, hints.heads)
  if (!encoder || (patch?.length !== 4 && patch?.length !== 5)) return undefined
  const names = Object.keys(shapes)
  const kind = kindOf(names)
  const has = (name: string) => `${prefix}${name}` in shapes
  const video = patch.length === 5
  const scaled = has("blocks.0.attn.scale")
  const config: EncoderConfig = {
    system: video ? videoSystem(hints, scaled || patch.at(-1) === 14) : "mae",
    ...patchesOf(shapes, prefix, hints, patch),
    encoder,
    eps: hints.eps ?? 1e-6,
    qkvBias: has("blocks.0.attn.qkv.bias") || has("blocks.0.attn.q_bias"),
    initValues: has("blocks.0.gamma_1") ? 0.1 : 0,
    cosineAttention: scaled,
    learnablePositions: video && has("pos_embed"),
  }
  const assumed = [
    ...(scaled || hints.heads !== undefined ? [] : ["encoder.heads"]),
    ...(has("pos_embed") || hints.imageSize !== undefined ? [] : ["imageSize"]),
    ...(!video || hints.frames !== undefined ? [] : ["frames"]),
    ...(video && !hints.system && config.system === "videomae" ? ["system"] : []),
  ]
  if (kind !== "pretrain") {
    return { kind, config: { ...config, ...headConfigOf(shapes) }, assumed, prefix }
  }
  const decoder = decoderOf(shapes, config, hints)
  if (!decoderScaled(shapes) && hints.decoderHeads === undefined) assumed.push("decoder.heads")
  return { kind, config: { ...config, decoder }, assumed, prefix }
}

/** The head, and the features that it takes. */
function headConfigOf(shapes: Shapes) {
  const kinds = { "head.weight": "linear", "head.1.weight": "batch-norm", ...attentive } as const
  const found = Object.entries(kinds).find(([name]) => name in shapes)
  if (found === undefined) return { classes: 0, pool: pooled(shapes) ?? "none" } as const
  const [weight, head] = found
  const pool = head === "attentive" ? "none" : (pooled(shapes) ?? "token")
  return { classes: shapes[weight][0], pool, ...(head !== "linear" && { head }) } as const
}

const attentive = { "head.linear.weight": "attentive" } as const

const pooled = (shapes: Shapes) => ("fc_norm.weight" in shapes ? "mean" : undefined)

const decoderScaled = (shapes: Shapes): boolean => "decoder.blocks.0.attn.scale" in shapes

const videoSystem = ({ system }: FitHints, onlyV2: boolean): System =>
  system === "videomae" || system === "videomaev2" ? system : onlyV2 ? "videomaev2" : "videomae"

/** Patch size, tubelet and, given a position table, image size. */
function patchesOf(shapes: Shapes, prefix: string, hints: FitHints, patch: Shape) {
  const patchSize = patch.at(-1)!
  const tubelet = patch.length === 5 ? patch[2] : 1
  const frames = patch.length === 5 ? (hints.frames ?? 16) : 1
  const rows = shapes[`${prefix}pos_embed`]?.[1]
  const places = rows === undefined ? undefined : patch.length === 4 ? rows - 1 : rows
  const side = places && Math.sqrt(places / (frames / tubelet))
  const shown = side && Number.isInteger(side) ? side * patchSize : undefined
  const usual = Math.max(1, Math.round(224 / patchSize)) * patchSize
  return { patchSize, tubelet, frames, imageSize: shown ?? hints.imageSize ?? usual }
}

function decoderOf(shapes: Shapes, config: EncoderConfig, hints: FitHints): StackConfig {
  const mae = config.system === "mae"
  // MAE's decoder with 512 channels has 16 heads, that of the video models 8.
  const dim = shapes.mask_token?.at(-1)
  const heads = hints.decoderHeads ?? (mae && dim === 512 ? 16 : undefined)
  const found = stackOf(shapes, mae ? "decoder_blocks" : "decoder.blocks", heads)
  if (found) return found
  // A decoder without blocks: the rest of it is still compared.
  const width = dim ?? config.encoder.dim
  return { dim: width, depth: 0, heads: heads ?? guessedHeads(width), mlpHidden: 4 * width }
}

/** The width of a pre-training model's prediction: the rows of its last layer. */
export function predictedWidth(shapes: Shapes, config: PretrainConfig): number {
  const bias = shapes[config.system === "mae" ? "decoder_pred.bias" : "decoder.head.bias"]
  return bias ? sizeOf(bias) : patchPixels(config)
}
