import { TubeletError } from "@tubelet/core"
import type { TensorFile } from "../tensor-file.js"
import { detect, type Kind } from "./detect.js"
import { imageRows, timmVideoRows, videoRows } from "./rows.js"
import { type Renamed, translate } from "./translate.js"
import { renamedView } from "./view.js"

/**
 * A view of a file under the authors' names, from any naming scheme. Omits zero biases, which the
 * authors' models do not have.
 */
export function officialNames(file: TensorFile): TensorFile {
  const kind = detect(file)
  if (kind.naming === "huggingface")
    return renamedView(file, fromHuggingFaceNames(file.names, kind))
  if (kind.naming !== "timm") return file
  return renamedView(file, translate(file.names, timmVideoRows, "to official"))
}

/** Maps the names of a Hugging Face model to the authors' names. */
export function fromHuggingFaceNames(
  names: readonly string[],
  { video, contents }: Kind,
): Renamed[] {
  const rows = video ? videoRows(contents === "pre-training", [4, 5]) : imageRows
  return withBase(translate(names.map(completed(video)), rows, "to official"), names, video)
}

/** A model saved without its head omits the first part of each name. */
const completed = (video: boolean) => {
  const base = video ? "videomae." : "vit."
  return (name: string) => (/^(embeddings|encoder|layernorm)\./.test(name) ? base + name : name)
}

/** Restores the names as they are in the file. */
function withBase(
  renamed: readonly Renamed[],
  names: readonly string[],
  video: boolean,
): Renamed[] {
  const inFile = new Map(names.map((name) => [completed(video)(name), name]))
  const original = (name: string) => inFile.get(name) ?? name
  return renamed.map(({ name, pieces }) => ({
    name: original(name),
    pieces: pieces.map((piece) => ({ ...piece, from: original(piece.from) })),
  }))
}

/**
 * Official weights under Hugging Face's names: VideoMAE's for a video model, ViTMAE's for MAE,
 * ViT's for its classifier. All published files use the names of version 4; version 5 adds a key
 * bias of zeros.
 */
export function huggingFaceNames(
  file: TensorFile,
  { version = 4 }: { readonly version?: 4 | 5 } = {},
): TensorFile {
  const { video, contents } = detect(file)
  if (!video && file.has("fc_norm.weight")) {
    throw new TubeletError(
      `${file.path} is an MAE classifier with global pooling, which no Hugging Face model supports`,
      "their ViT uses the class token: fine-tune with that, or use timm's names",
    )
  }
  const encoder = file.names.some((name) => name.startsWith("encoder."))
  const rows = video ? videoRows(encoder || contents === "pre-training", [version]) : imageRows
  return renamedView(file, translate(file.names, rows, "from official"))
}

/** Names of the decoder's tensors, and of the projection to it. */
export const decoderNames = ({ names }: Pick<TensorFile, "names">): string[] =>
  names.filter((name) => /^(decoder|encoder_to_decoder|mask_token)/.test(name))

/**
 * The encoder, and the classifier if there is one, under the names of the authors' fine-tuning
 * models: without the prefix `encoder.`, and without the decoder.
 */
export function encoderNames(file: TensorFile): TensorFile {
  const left = new Set(decoderNames(file))
  const kept = file.names.filter((name) => !left.has(name))
  const renamed = kept.map((from) => ({
    name: from.replace(/^encoder\./, ""),
    pieces: [{ from }],
  }))
  return renamedView(file, renamed)
}

/** The encoder under the names of timm's ViT. */
export function timmNames(file: TensorFile): TensorFile {
  const encoder = encoderNames(file)
  return renamedView(encoder, translate(encoder.names, timmVideoRows, "from official"))
}
