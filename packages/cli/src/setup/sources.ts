import { type HuggingFaceModel, type SavedArgs, savedArgs } from "@tubelet/checkpoint"
import { type PretrainConfig, presets } from "@tubelet/models"
import type { Fit, FitHints } from "@tubelet/models/fit"
import type { Told } from "../flags/model.js"
import { fieldsOf, isCount, isSystem } from "../flags/model-choice.js"

export type Target = "pixels" | "normalised"

/** A source of what tensors may not show; the first source takes precedence. */
export interface Source {
  /** A flag, `config.json` or `args`. */
  readonly from: string
  readonly hints: FitHints
  readonly target?: Target
}

/** How a field is shown, and its flag. */
export const hintFields = {
  system: { field: "system", flag: "--system" },
  heads: { field: "encoder.heads", flag: "--heads" },
  decoderHeads: { field: "decoder.heads", flag: "--decoder-heads" },
  imageSize: { field: "imageSize", flag: "--size" },
  frames: { field: "frames", flag: "--frames" },
} as const

export type HintName = keyof typeof hintFields

export const hintNames = Object.keys(hintFields) as HintName[]

/** A hint's value in a configuration. */
export const hintOf = (config: Fit["config"], name: HintName): string | number | undefined =>
  ({
    system: config.system,
    heads: config.encoder.heads,
    decoderHeads: "decoder" in config ? config.decoder.heads : undefined,
    imageSize: config.imageSize,
    frames: config.frames,
  })[name]

/**
 * Values from flags. A config passed as --model sets every field; a preset sets only the system,
 * eps and the numbers of heads.
 */
export function toldSources(told: Told, named: PretrainConfig | undefined): Source[] {
  const { system, heads, decoderHeads, size: imageSize, frames, target } = told
  const hints = { system, heads, decoderHeads, imageSize, frames }
  const flags = hintNames.flatMap((name): Source[] => {
    const value = hints[name]
    return value === undefined ? [] : [{ from: hintFields[name].flag, hints: { [name]: value } }]
  })
  if (target !== undefined) flags.push({ from: "--target", hints: {}, target })
  if (!named) return flags
  const { frames: _, imageSize: __, ...shape } = configHints(named)
  const isPreset = typeof told.model === "string" && told.model in presets
  return [...flags, { from: "--model", hints: isPreset ? shape : configHints(named) }]
}

const configHints = ({ system, encoder, decoder, imageSize, frames, eps }: PretrainConfig) => ({
  ...{ system, heads: encoder.heads, imageSize, frames, eps },
  ...(decoder.depth > 0 && { decoderHeads: decoder.heads }),
})

/** Hugging Face's config.json. */
export const theirSource = (model: HuggingFaceModel): Source => ({
  from: "config.json",
  hints: {
    ...{ system: model.system, heads: model.encoder.heads, eps: model.eps },
    ...(model.decoder && { decoderHeads: model.decoder.heads }),
    ...{ imageSize: model.imageSize, frames: model.frames },
  },
  target: targetOf(model.normalisedTarget),
})

const targetOf = (normalised: boolean): Target => (normalised ? "normalised" : "pixels")

/** What a run's config.json says about its model; impossible values are ignored. */
export function runSource(config: Readonly<Record<string, unknown>> = {}): Source {
  const { target } = config
  const isTarget = target === "pixels" || target === "normalised"
  return { from: "config.json", hints: runHints(config), ...(isTarget && { target }) }
}

export function runHints({ model }: Readonly<Record<string, unknown>> = {}): FitHints {
  const { system, encoder, decoder, imageSize, frames, eps } = fieldsOf(model)
  const known = Object.entries({
    heads: fieldsOf(encoder).heads,
    decoderHeads: fieldsOf(decoder).heads,
    imageSize,
    frames,
  })
  return {
    ...(isSystem(system) && { system }),
    ...Object.fromEntries(known.filter(([, value]) => isCount(value))),
    ...(typeof eps === "number" && eps > 0 && { eps }),
  }
}

/**
 * Settings recorded in the file, except sizes that are not divisible by its patch size, tubelet or
 * number of heads.
 */
export function argsSource(said: SavedArgs, config: Fit["config"] | undefined): Source {
  const { normalisedTarget: normalised } = said
  const { patchSize = 1, tubelet = 1, encoder } = config ?? {}
  const decoder = config && "decoder" in config ? config.decoder : undefined
  const divides = (whole: number | undefined, part: number | undefined) =>
    whole !== undefined && part !== undefined && whole % part === 0
  const hints = {
    system: systemOf(said, config?.system !== "mae"),
    ...(divides(said.frames, tubelet) && { frames: said.frames }),
    ...(divides(said.imageSize, patchSize) && { imageSize: said.imageSize }),
    ...(divides(encoder?.dim, said.heads) && { heads: said.heads }),
    ...(divides(decoder?.dim, said.decoderHeads) && { decoderHeads: said.decoderHeads }),
  }
  const known = Object.entries(hints).filter(([, value]) => value !== undefined)
  return {
    from: said.from,
    hints: Object.fromEntries(known),
    ...(normalised !== undefined && { target: targetOf(normalised) }),
  }
}

/** VideoMAE and V2 name their models alike; only V2 masks its decoder. */
function systemOf({ model = "", decoderMaskRatio }: SavedArgs, video: boolean) {
  if (!video) return undefined
  if (/videomae[-_ ]?v2/i.test(model) || decoderMaskRatio !== undefined) return "videomaev2"
  return /videomae|^pretrain_mae/i.test(model) ? "videomae" : undefined
}

/** The settings of a hub model with custom code: `model_config` in config.json. */
export function customConfig(config: Readonly<Record<string, unknown>>): SavedArgs | undefined {
  const { model_type: name, model_config: model } = config
  const settings = new Map<unknown, unknown>(Object.entries(fieldsOf(model)))
  if (typeof name === "string" && settings.size > 0) settings.set("model_name", name)
  const said = savedArgs(new Map([["config", settings]]))
  return said && { ...said, from: "config.json" }
}

/** The values of all sources; the first source that has a value takes precedence. */
export const hintsFrom = (sources: readonly Source[]): FitHints =>
  Object.assign({}, ...[...sources].reverse().map(({ hints }) => hints))
