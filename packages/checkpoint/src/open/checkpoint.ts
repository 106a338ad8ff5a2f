import { TubeletError } from "@tubelet/core"
import { exists } from "@tubelet/core/files"
import type { Readable } from "../files/source.js"
import { isHubReference } from "../hub/reference.js"
import type { HubOptions } from "../hub/weights.js"
import { detect, type Kind } from "../names/detect.js"
import { namesOfModel } from "../names/models.js"
import { officialNames } from "../names/schemes.js"
import { renamedView } from "../names/view.js"
import type { TensorFile } from "../tensor-file.js"
import { locateWeights } from "./locate.js"
import { openStored, type StoredFile } from "./stored.js"

/** An open checkpoint of any format, with its tensors under the authors' names. */
export interface Checkpoint extends TensorFile, Kind {
  /** The file with its own names. */
  readonly stored: StoredFile
  /** Prefixes stripped from the names, outermost first: `module.`, `net.`, `_orig_mod.`. */
  readonly prefixes: readonly string[]
  /** Tensors in the file that are not part of the model: a criterion, a metric, another model. */
  readonly foreign: readonly string[]
}

export interface OpenOptions extends HubOptions {
  /** Selects one of several models by its key or prefix: `"teacher"`, `"model_ema"`. */
  readonly key?: string | undefined
}

/**
 * Opens a checkpoint: a file or folder in any supported format or `hf:OWNER/NAME[@REVISION][:FILE]`
 * (both Node only), bytes or a Blob. Tensors are read on demand, one at a time.
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
  // A file named `hf:x` takes precedence.
  if (!isHubReference(input) || (await exists(input))) return locateWeights(input)
  const { hubWeights } = await import("../hub/weights.js")
  return hubWeights(input, options)
}

const doubled = ({ path }: StoredFile): TubeletError =>
  new TubeletError(
    `${path} has names that differ only in a wrapper prefix such as "module."`,
    "remove one of each pair",
  )
