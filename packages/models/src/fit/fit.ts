import { type Shape, type Spec, sameShape } from "@tubelet/core"
import { classifierModel } from "../classifier.js"
import type { EncoderConfig, PretrainConfig, StackConfig } from "../config.js"
import { pretrainModel } from "../model.js"
import { presets } from "../presets.js"
import { defineTarget, targetNamed } from "../target.js"
import {
  configOfShapes,
  type FitHints,
  type KindOfConfig,
  predictedWidth,
  type Shapes,
} from "./config-of-shapes.js"

/** A tensor whose shape differs from the model's. */
export interface WrongShape {
  readonly name: string
  readonly found: Shape
  readonly expected: Shape
}

/** The model that weights belong to, and how well they fit. */
export type Fit = KindOfConfig & {
  /** Presets with this encoder (and decoder); several if their shapes are equal. */
  readonly presets: readonly string[]
  /** Fields of `config` that neither a shape nor a hint determines. */
  readonly assumed: readonly string[]
  /** Names as in the file: an encoder's may begin with `encoder.`. */
  readonly missing: readonly string[]
  readonly unexpected: readonly string[]
  readonly wrong: readonly WrongShape[]
}

/**
 * Finds the model for a set of official names and shapes, and lists missing, unexpected and
 * misshapen tensors. Undefined if no model matches. Shapes do not reveal the number of heads: it
 * comes from a preset, the usual width per head, or `hints`.
 */
export function fitWeights(shapes: Shapes, hints: FitHints = {}): Fit | undefined {
  const read = configOfShapes(shapes, hints)
  if (read === undefined) return undefined
  const { prefix, assumed } = read
  const named = Object.keys(presets).filter((name) => isPreset(presets[name], read.config, hints))
  const first = presets[named[0] ?? ""]
  const system = first && assumed.includes("system") ? first.system : read.config.system
  const model = { kind: read.kind, config: { ...read.config, system } } as KindOfConfig
  const expected = expectedSpecs(model, shapes, prefix)
  const known = named.length > 0 ? ["encoder.heads", "decoder.heads"] : []
  return {
    ...model,
    presets: named,
    assumed: assumed.filter((field) => !known.includes(field)),
    missing: Object.keys(expected).filter((name) => !(name in shapes)),
    unexpected: Object.keys(shapes).filter((name) => !(name in expected)),
    wrong: Object.entries(expected).flatMap(([name, { shape }]) => {
      const found = shapes[name]
      return found && !sameShape(found, shape) ? [{ name, found, expected: shape }] : []
    }),
  }
}

const sameStack = (a: StackConfig, b: StackConfig): boolean =>
  a.dim === b.dim && a.depth === b.depth && a.heads === b.heads && a.mlpHidden === b.mlpHidden

/** Whether a preset has this shape; the size and length of clips may differ. */
function isPreset(
  preset: PretrainConfig,
  config: EncoderConfig & { decoder?: StackConfig },
  { system }: FitHints,
): boolean {
  const mae = (c: EncoderConfig) => c.system === "mae"
  const open = system === undefined && !mae(config) && !config.cosineAttention
  return (
    (open ? !mae(preset) : preset.system === config.system) &&
    preset.patchSize === config.patchSize &&
    preset.tubelet === config.tubelet &&
    sameStack(preset.encoder, config.encoder) &&
    (config.decoder === undefined || sameStack(preset.decoder, config.decoder))
  )
}

/** The names and shapes in a file of the whole model. */
function expectedSpecs(
  model: KindOfConfig,
  shapes: Shapes,
  prefix: string,
): Readonly<Record<string, Spec>> {
  if (model.kind === "pretrain") {
    const width = predictedWidth(shapes, model.config)
    const target = defineTarget({ ...targetNamed("pixels"), width: () => width })
    return pretrainModel(model.config, { target }).specs
  }
  const { specs } = classifierModel(model.config)
  return Object.fromEntries(Object.entries(specs).map(([name, s]) => [prefix + name, s]))
}
