import { TubeletError } from "@tubelet/core"
import type { TensorFile } from "../tensor-file.js"
import { detect, type Kind } from "./detect.js"
import { imageRows, timmVideoRows, videoRows } from "./rows.js"
import { type Renamed, translate } from "./translate.js"
import { renamedView } from "./view.js"

/**
 * A file's tensors under the authors' names, whoever named them. Biases that the authors' models
 * do not have, because they are zeros, are left out.
 */
export function officialNames(file: TensorFile): TensorFile {
  const kind = detect(file)
  if (kind.naming === "huggingface")
    return renamedView(file, fromHuggingFaceNames(file.names, kind))
  if (kind.naming !== "timm") return file
  return renamedView(file, translate(file.names, timmVideoRows, "to official"))
}

/** What the tensors of a Hugging Face model become under the authors' names. */
export function fromHuggingFaceNames(
  names: readonly string[],
  { video, contents }: Kind,
): Renamed[] {
  const rows = video ? videoRows(contents === "pre-training", [4, 5]) : imageRows
  return withBase(translate(names.map(completed(video)), rows, "to official"), names, video)
}

/** A model saved without its head leaves out the first part of each name. */
const completed = (video: boolean) => {
  const base = video ? "videomae." : "vit."
  return (name: string) => (/^(embeddings|encoder|layernorm)\./.test(name) ? base + name : name)
}

/** The pieces' names as they are in the file. */
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
 * ViT's for its classifier. Version 4 names are those of all published files; version 5 adds a key
 * bias of zeros.
 */
export function huggingFaceNames(
  file: TensorFile,
  { version = 4 }: { readonly version?: 4 | 5 } = {},
): TensorFile {
  const { video, contents } = detect(file)
  if (!video && file.has("fc_norm.weight")) {
    throw new TubeletError(
      `${file.path} is a MAE classifier with global pooling, which no Hugging Face model has`,
      "their ViT takes the class token: fine-tune with it, or write timm's names",
    )
  }
  const encoder = file.names.some((name) => name.startsWith("encoder."))
  const rows = video ? videoRows(encoder || contents === "pre-training", [version]) : imageRows
  return renamedView(file, translate(file.names, rows, "from official"))
}

/** The tensors of a decoder, and of the way to it. */
export const decoderNames = ({ names }: Pick<TensorFile, "names">): string[] =>
  names.filter((name) => /^(decoder|encoder_to_decoder|mask_token)/.test(name))

/**
 * The encoder, and the classifier where there is one, as a fine-tuning model of the authors names
 * them: `encoder.` is taken off, what belongs to the decoder is left out.
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
