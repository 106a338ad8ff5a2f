import { type Shape, sameShape, sizeOf, TubeletError } from "@tubelet/core"
import { type Grid, gridOf, type PatchConfig, resizePositions } from "@tubelet/vit"
import type { EncoderConfig } from "../config.js"
import type { ParameterSet } from "../parameter-set.js"

/** How the tensors of a checkpoint become the parameters of a model, perhaps of another kind. */
export interface Transfer {
  /** For each parameter that a tensor fits, the tensor's name. */
  readonly sources: Readonly<Record<string, string>>
  /** Position tables that are resized. */
  readonly resized: readonly string[]
  /** Parameters that no tensor fits: they keep the values they start with. */
  readonly fresh: readonly string[]
  /** Tensors that become nothing. */
  readonly unused: readonly string[]
  /** A tensor's values as the parameter `name` takes them. */
  convert(name: string, values: Float32Array): Float32Array
}

export interface TransferOptions {
  /** The size the weights are for, where a learned table of a video model leaves it open. */
  readonly from?: Pick<PatchConfig, "imageSize" | "frames">
}

const isTable = (name: string): boolean => /(^|[._])pos_embed$/.test(name)

/** What a checkpoint may call a parameter: encoders are saved bare, or as a part of something. */
const spellings = (name: string): string[] => {
  const bare = name.replace(/^encoder\./, "")
  return [name, ...(bare === name ? [] : [bare]), `encoder.${bare}`, `backbone.${bare}`]
}

/**
 * Fits weights of one model to another as the authors do for fine-tuning: the encoder is taken
 * over, under `encoder.` or not; position tables of another size are resized; a head of other
 * classes starts afresh, and so does `fc_norm`, which pre-training has not; the rest is unused.
 */
export function transferWeights(
  model: ParameterSet & { readonly config: EncoderConfig },
  shapes: Readonly<Record<string, Shape>>,
  { from }: TransferOptions = {},
): Transfer {
  const { config, specs } = model
  const sources: Record<string, string> = {}
  const grids: Record<string, Grid> = {}
  for (const [name, { shape }] of Object.entries(specs)) {
    const source = spellings(name).find((spelling) => spelling in shapes)
    if (source === undefined) continue
    const found = shapes[source]
    if (sameShape(found, shape)) sources[name] = source
    else if (isTable(name)) {
      grids[name] = tableGrid(source, found, shape, config, from)
      sources[name] = source
    } else if (!name.startsWith("head.")) throw misfit(source, found, shape)
  }
  const used = new Set(Object.values(sources))
  return {
    sources,
    resized: Object.keys(grids),
    fresh: Object.keys(specs).filter((name) => !(name in sources)),
    unused: Object.keys(shapes).filter((name) => !used.has(name)),
    convert(name, values) {
      const grid = grids[name]
      const classRows = config.system === "mae" ? 1 : 0
      return grid ? resizePositions(values, grid, gridOf(config), { classRows }) : values
    },
  }
}

/** Frames of a clip where nothing says how many: those of all published models. */
const usualFrames = 16

/** The grid of a stored table [1, rows, D]. */
function tableGrid(
  name: string,
  found: Shape,
  expected: Shape,
  config: EncoderConfig,
  from: TransferOptions["from"],
): Grid {
  const [, rows, dim] = found as [number, number, number]
  if (found.length !== 3 || dim !== expected[2]) throw misfit(name, found, expected)
  const places = config.system === "mae" ? rows - 1 : rows
  const guesses = config.system === "mae" ? [1] : [config.frames, usualFrames]
  const frames = (from ? [from.frames] : guesses).map((f) => f / config.tubelet)
  for (const depth of frames) {
    const side = Math.sqrt(places / depth)
    if (Number.isInteger(side)) return { frames: depth, height: side, width: side }
  }
  throw new TubeletError(
    `${name} has ${places} places: no square for clips of ${frames.join(" or ")} tubelets`,
    "say the size that these weights are for",
  )
}

const misfit = (name: string, found: Shape, expected: Shape): TubeletError =>
  new TubeletError(
    `${name} is [${found}], the model needs [${expected}] (${sizeOf(expected)} elements)`,
    "give weights of the same width, depth and patch size",
  )
