import { TubeletError } from "@tubelet/core"

/** Weights by name; shapes follow from the model they belong to. */
export type Weights = Readonly<Record<string, Float32Array>>

/** Parts of a block, official name first. Attention's q, k and v are treated below. */
const blockParts = [
  ["norm1", "layernorm_before"],
  ["norm2", "layernorm_after"],
  ["attn.proj", "attention.output.dense"],
  ["mlp.fc1", "intermediate.dense"],
  ["mlp.fc2", "output.dense"],
] as const

/** The other parts of the encoder. */
const encoderParts = [
  ["patch_embed.proj", "embeddings.patch_embeddings.projection"],
  ["norm", "layernorm"],
] as const

const attention = "attention.attention."

/** What version 5 of transformers calls the two attention biases, and version 4 below. */
const biases5: Readonly<Record<string, string>> = { q_bias: "query.bias", v_bias: "value.bias" }
const biases = Object.fromEntries(Object.entries(biases5).map(([four, five]) => [five, four]))

/**
 * An official tensor's name and the Hugging Face tensors it is made of, stacked by rows in this
 * order: one, except for query, key and value, which the official models keep together.
 */
export interface OfficialTensor {
  readonly name: string
  readonly parts: readonly string[]
}

/**
 * What the tensors of a Hugging Face VideoMAE (version 4 or 5 of transformers, pre-training or
 * classification) become under official names. Unknown names stay as they are, so that whoever
 * fits them to a model can report them. Key biases are left out: they change no attention weight.
 */
export function officialTensors(names: readonly string[]): OfficialTensor[] {
  const pretraining = names.some((name) => name === "mask_token" || name.startsWith("decoder."))
  const found = new Map<string, string[]>()
  for (const part of names) {
    const name = officialName(part, pretraining ? "encoder." : "")
    if (name === undefined) continue
    found.set(name, [...(found.get(name) ?? []), part])
  }
  return [...found].map(([name, parts]) => ({ name, parts: inOrder(name, parts) }))
}

function officialName(name: string, encoder: string): string | undefined {
  const bare = name.replace(/^videomae\./, "")
  const layer = /^(encoder\.layer|decoder\.decoder_layers)\.(\d+)\.(.+)$/.exec(bare)
  if (layer) {
    const [, tower, index, rest] = layer as unknown as [string, string, string, string]
    const inner = blockName(rest)
    const blocks = tower === "encoder.layer" ? `${encoder}blocks` : "decoder.blocks"
    return inner === undefined ? undefined : `${blocks}.${index}.${inner}`
  }
  for (const [official, theirs] of encoderParts) {
    if (bare.startsWith(`${theirs}.`)) return encoder + official + bare.slice(theirs.length)
  }
  return bare.replace(/^classifier\./, "head.")
}

/** A tensor's name within its block; undefined for key biases. */
function blockName(name: string): string | undefined {
  if (name.startsWith(attention)) {
    const inner = name.slice(attention.length)
    if (inner === "key.bias") return undefined
    if (/^(query|key|value)\.weight$/.test(inner)) return "attn.qkv.weight"
    return `attn.${biases[inner] ?? inner}`
  }
  for (const [official, theirs] of blockParts) {
    if (name.startsWith(`${theirs}.`)) return official + name.slice(theirs.length)
  }
  return name
}

/** Query, key, value; a block that lacks one of them is damaged. */
function inOrder(name: string, parts: readonly string[]): readonly string[] {
  if (!name.endsWith("attn.qkv.weight")) {
    if (parts.length === 1) return parts
    throw new TubeletError(`${parts.join(" and ")} both stand for ${name}`, "remove one of them")
  }
  return ["query", "key", "value"].map((role) => {
    const part = parts.find((part) => part.endsWith(`.${role}.weight`))
    if (part) return part
    throw new TubeletError(
      `there is ${parts.join(" and ")}, but no ${role}.weight beside it`,
      "the file is incomplete: fetch it again",
    )
  })
}

/** Weights of a Hugging Face VideoMAE under official names. */
export function fromHuggingFace(weights: Weights): Record<string, Float32Array> {
  const tensors = officialTensors(Object.keys(weights))
  return Object.fromEntries(
    tensors.map(({ name, parts }) => [name, stacked(parts.map((part) => weights[part]!))]),
  )
}

/**
 * Official weights under Hugging Face's names. Version 4 names are what all published files have;
 * version 5 adds a key bias of zeros.
 */
export function toHuggingFace(
  weights: Weights,
  { version = 4 }: { readonly version?: 4 | 5 } = {},
): Record<string, Float32Array> {
  const entries = Object.entries(weights).flatMap(([name, data]): [string, Float32Array][] => {
    const [prefix, inner] = theirPrefix(name)
    if (inner === "attn.qkv.weight") {
      const rows = data.length / 3
      return ["query", "key", "value"].map((role, i) => [
        `${prefix}${attention}${role}.weight`,
        data.slice(i * rows, (i + 1) * rows),
      ])
    }
    const bias = /^attn\.([qv]_bias)$/.exec(inner)?.[1]
    if (bias === undefined) return [[prefix + theirPart(inner), data]]
    const theirs = `${prefix}${attention}${version === 4 ? bias : biases5[bias]}`
    const zeros = version === 5 && bias === "q_bias"
    const key: [string, Float32Array] = [
      `${prefix}${attention}key.bias`,
      new Float32Array(data.length),
    ]
    return zeros ? [[theirs, data], key] : [[theirs, data]]
  })
  return Object.fromEntries(entries)
}

/** Where a tensor lies in their model, and its official name from there on. */
function theirPrefix(name: string): [string, string] {
  const block = /^(encoder\.|decoder\.)?blocks\.(\d+)\.(.+)$/.exec(name)
  if (block) {
    const [, tower, index, inner] = block as unknown as [string, string?, string?, string?]
    const layers = tower === "decoder." ? "decoder.decoder_layers" : "videomae.encoder.layer"
    return [`${layers}.${index}.`, inner!]
  }
  const bare = name.replace(/^encoder\./, "")
  const encoder = encoderParts.some(([official]) => bare.startsWith(`${official}.`))
  return encoder ? ["videomae.", bare] : ["", name]
}

function theirPart(inner: string): string {
  for (const [official, theirs] of [...blockParts, ...encoderParts]) {
    if (inner.startsWith(`${official}.`)) return theirs + inner.slice(official.length)
  }
  return inner.replace(/^head\./, "classifier.")
}

function stacked(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
