import { TubeletError } from "@tubelet/core"
import { exists } from "@tubelet/core/files"
import type { Readable } from "../files/source.js"
import { isHubReference } from "../hub/reference.js"
import type { HubOptions } from "../hub/weights.js"
import { detect, type Kind } from "../names/detect.js"
import { namesOfModel } from "../names/models.js"
import { officialNames } from "../names/systems.js"
import { renamedView } from "../names/view.js"
import type { TensorFile } from "../tensor-file.js"
import { locateWeights } from "./locate.js"
import { openStored, type StoredFile } from "./stored.js"

/** A checkpoint of any format, open: its tensors bear the authors' names. */
export interface Checkpoint extends TensorFile, Kind {
  /** The same file as it is stored. */
  readonly stored: StoredFile
  /** What stood before the model's names, outermost first: `module.`, `net.`, `_orig_mod.`. */
  readonly prefixes: readonly string[]
  /** The file's tensors that are no part of the model: a criterion, a metric, another model. */
  readonly foreign: readonly string[]
}

export interface OpenOptions extends HubOptions {
  /** Of several models in a file the one under this key or prefix: `"teacher"`, `"model_ema"`. */
  readonly key?: string | undefined
}

/**
 * Opens a checkpoint: a file or a folder of any known format, `hf:OWNER/NAME[@REVISION][:FILE]`
 * (both Node), bytes or a Blob. Tensors are read one at a time, when asked for.
 */
export async function openCheckpoint(
  input: Readable,
  { key, ...options }: OpenOptions = {},
): Promise<Checkpoint> {
  const stored = await openStored(await located(input, options), key)
  try {
    const found = namesOfModel(stored.names, stored.prefix)
    if (!found) throw doubled(stored)
    const { prefixes, names, foreign } = found
    const bare = [...names].map(([name, from]) => ({ name, pieces: [{ from }] }))
    const unwrapped = renamedView(stored, bare)
    return { ...officialNames(unwrapped), ...detect(unwrapped), stored, prefixes, foreign }
  } catch (error) {
    await stored.close()
    throw error
  }
}

async function located(input: Readable, options: HubOptions): Promise<Readable> {
  if (typeof input !== "string") return input
  // A file of that name comes first: `hf:x` may be one.
  if (!isHubReference(input) || (await exists(input))) return locateWeights(input)
  const { hubWeights } = await import("../hub/weights.js")
  return hubWeights(input, options)
}

const doubled = ({ path }: StoredFile): TubeletError =>
  new TubeletError(
    `${path} has names that differ by what wrappers put into them only, such as "module."`,
    "remove one of each two",
  )
