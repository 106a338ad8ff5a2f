import { type Shape, sameShape, sizeOf, TubeletError } from "@tubelet/core"
import { type Grid, gridOf, type PatchConfig, resizePositions } from "@tubelet/vit"
import type { EncoderConfig } from "../config.js"
import type { ParameterSet } from "../parameter-set.js"

/** How the tensors of a checkpoint become the parameters of a model, possibly of another kind. */
export interface Transfer {
  /** The tensor's name for each parameter that one fits. */
  readonly sources: Readonly<Record<string, string>>
  /** Position tables to resize. */
  readonly resized: readonly string[]
  /** Parameters that are rows of a stored head: see `TransferOptions.headRows`. */
  readonly mapped: readonly string[]
  /** Parameters without a tensor: they keep their initial values. */
  readonly fresh: readonly string[]
  /** Unused tensors. */
  readonly unused: readonly string[]
  /** Converts a tensor's values for the parameter `name`. */
  convert(name: string, values: Float32Array): Float32Array
}

export interface TransferOptions {
  /** The size the weights were trained for, if a video model's learned table leaves it open. */
  readonly from?: Pick<PatchConfig, "imageSize" | "frames">
  /**
   * The row of the stored head for each class, such as Kinetics-400's among Kinetics-710's. Without
   * it, a head with other classes is not used.
   */
  readonly headRows?: readonly number[] | undefined
}

const isTable = (name: string): boolean => /(^|[._])pos_embed$/.test(name)

/** Names of a parameter in checkpoints: encoders are saved alone or as a part. */
const spellings = (name: string): string[] => {
  const bare = name.replace(/^encoder\./, "")
  return [name, ...(bare === name ? [] : [bare]), `encoder.${bare}`, `backbone.${bare}`]
}

/**
 * Maps the weights of one model onto another as the authors do for fine-tuning. The encoder is
 * copied, with or without the `encoder.` prefix; position tables of another size are resized; a
 * head with other classes is initialised anew, and so is `fc_norm`, which pre-training lacks. The
 * rest is unused.
 */
export function transferWeights(
  model: ParameterSet & { readonly config: EncoderConfig },
  shapes: Readonly<Record<string, Shape>>,
  { from, headRows }: TransferOptions = {},
): Transfer {
  const { config, specs } = model
  const sources: Record<string, string> = {}
  const grids: Record<string, Grid> = {}
  const mapped: string[] = []
  for (const [name, { shape }] of Object.entries(specs)) {
    const source = spellings(name).find((spelling) => spelling in shapes)
    if (source === undefined) continue
    const found = shapes[source]
    if (headRows && isLastLayer(name)) {
      requireRows(source, headRows, { stored: found[0], classes: shape[0] })
      mapped.push(name)
      sources[name] = source
    } else if (sameShape(found, shape)) sources[name] = source
    else if (isTable(name)) {
      grids[name] = tableGrid(source, found, shape, config, from)
      sources[name] = source
    } else if (!name.startsWith("head.")) throw misfit(source, found, shape)
  }
  const used = new Set(Object.values(sources))
  return {
    sources,
    resized: Object.keys(grids),
    mapped,
    fresh: Object.keys(specs).filter((name) => !(name in sources)),
    unused: Object.keys(shapes).filter((name) => !used.has(name)),
    convert(name, values) {
      if (headRows && isLastLayer(name))
        return pickedRows(values, shapes[sources[name]][0], headRows)
      const grid = grids[name]
      const classRows = config.system === "mae" ? 1 : 0
      return grid ? resizePositions(values, grid, gridOf(config), { classRows }) : values
    },
  }
}

/** Whether a parameter has a row per class: of a linear head, after batch norm, or attentive. */
const isLastLayer = (name: string): boolean => /^head\.((1|linear)\.)?(weight|bias)$/.test(name)

function requireRows(
  name: string,
  rows: readonly number[],
  { stored, classes }: { readonly stored: number; readonly classes: number },
): void {
  const wrong = rows.find((row) => !Number.isInteger(row) || row < 0 || row >= stored)
  if (rows.length === classes && wrong === undefined) return
  throw new TubeletError(
    wrong === undefined
      ? `the head map has ${rows.length} entries, but there are ${classes} classes`
      : `the head map has the entry ${wrong}, but ${name} has ${stored} rows`,
    "give each class the number of its row in the stored head, from 0",
  )
}

function pickedRows(values: Float32Array, stored: number, rows: readonly number[]): Float32Array {
  const width = values.length / stored
  const picked = new Float32Array(rows.length * width)
  for (const [i, row] of rows.entries()) {
    picked.set(values.subarray(row * width, (row + 1) * width), i * width)
  }
  return picked
}

/** Default number of frames: that of all published models. */
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
    `${name} has ${places} positions: no square grid for ${frames.join(" or ")} tubelets`,
    "specify the size that these weights are for",
  )
}

const misfit = (name: string, found: Shape, expected: Shape): TubeletError =>
  new TubeletError(
    `${name} is [${found}], but the model needs [${expected}] (${sizeOf(expected)} elements)`,
    "use weights of the same width, depth and patch size",
  )
