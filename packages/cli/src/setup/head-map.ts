import { type Checkpoint, fromFloats, type TensorSource, withTensors } from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import { type ClassifierConfig, classifierModel } from "@tubelet/models"
import { transferWeights } from "@tubelet/models/fit"
import type { Told } from "../flags/model.js"
import { readJson } from "../shell/config-file.js"
import { UsageError } from "../shell/errors.js"
import type { Output } from "../shell/output.js"
import { type Fitted, openFitted } from "./fitted.js"

/** A checkpoint, perhaps with other classes than the file has. */
export interface Mapped extends Fitted {
  /** The row of the file's head for each class. */
  readonly headRows?: readonly number[]
}

/** Opens a checkpoint, with the classes of `--head-map` if that is set. Throws as `openFitted`. */
export async function openMapped(
  named: string,
  { headMap, ...told }: Told & { readonly headMap?: string },
  output: Output,
): Promise<Mapped> {
  const fitted = await openFitted(named, told, output)
  if (headMap === undefined) return fitted
  try {
    return mapped(fitted, await readHeadMap(headMap))
  } catch (error) {
    await fitted.file.close()
    throw error
  }
}

function mapped(fitted: Fitted, headRows: readonly number[]): Mapped {
  const { path, file, fit, described } = fitted
  if (fit?.kind !== "classifier") {
    throw new TubeletError(`${path} has no head to map`, "pass a classifier, or omit --head-map")
  }
  const config = { ...fit.config, classes: headRows.length }
  return {
    ...fitted,
    file: withHead(file, config, headRows),
    fit: { ...fit, config },
    ...(described && { described: { ...described, labels: chosen(described.labels, headRows) } }),
    headRows,
  }
}

/** A view of a checkpoint with these rows of its head, in the type in which it is stored. */
function withHead(
  file: Checkpoint,
  config: ClassifierConfig,
  headRows: readonly number[],
): Checkpoint {
  const shapes = Object.fromEntries(file.names.map((name) => [name, file.shape(name)]))
  const model = classifierModel(config)
  const transfer = transferWeights(model, shapes, { headRows })
  const source = (name: string): TensorSource => {
    const { shape } = model.specs[name]
    const stored = file.dtype(name)
    const dtype = stored === "F16" || stored === "BF16" ? stored : "F32"
    const rows = async () => transfer.convert(name, await file.floats(name))
    return { dtype, shape, bytes: async () => fromFloats(shape, await rows(), dtype).bytes }
  }
  return withTensors(file, Object.fromEntries(transfer.mapped.map((name) => [name, source(name)])))
}

/** The names of the classes that a map keeps, in its order. */
export const chosen = (names: readonly string[], rows: readonly number[]): string[] =>
  rows.flatMap((row) => names[row] ?? [])

/** Reads a list of classes, such as the authors' label_710to400.json. */
async function readHeadMap(path: string): Promise<readonly number[]> {
  const rows = await readJson(path)
  if (Array.isArray(rows) && rows.length > 1 && rows.every(Number.isSafeInteger)) return rows
  throw new UsageError(
    `${path} is not a head map`,
    "it must be a JSON list of two or more numbers: each class's index in the checkpoint's head",
  )
}
