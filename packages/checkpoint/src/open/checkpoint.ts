import type { Readable } from "../files/source.js"
import { isHubReference } from "../hub/reference.js"
import type { HubOptions } from "../hub/weights.js"
import { detect, type Kind } from "../names/detect.js"
import { officialNames } from "../names/systems.js"
import { renamedView } from "../names/view.js"
import { unwrap } from "../prefixes.js"
import type { TensorFile } from "../tensor-file.js"
import { locateWeights } from "./locate.js"
import { openStored, type StoredFile } from "./stored.js"

/** A checkpoint of any format, open: its tensors bear the authors' names. */
export interface Checkpoint extends TensorFile, Kind {
  /** The same file as it is stored. */
  readonly stored: StoredFile
  /** What wrappers put before every name, outermost first: `module.`, `_orig_mod.`. */
  readonly prefixes: readonly string[]
}

/**
 * Opens a checkpoint: a file or a folder of any known format, `hf:OWNER/NAME[@REVISION][:FILE]`
 * (both Node), bytes or a Blob. Tensors are read one at a time, when asked for.
 */
export async function openCheckpoint(
  input: Readable,
  options: HubOptions = {},
): Promise<Checkpoint> {
  const stored = await openStored(await located(input, options))
  try {
    const { prefixes, names } = unwrap(stored.names, stored.path)
    const bare = [...names].map(([name, from]) => ({ name, pieces: [{ from }] }))
    const unwrapped = renamedView(stored, bare)
    return { ...officialNames(unwrapped), ...detect(unwrapped), stored, prefixes }
  } catch (error) {
    await stored.close()
    throw error
  }
}

async function located(input: Readable, options: HubOptions): Promise<Readable> {
  if (typeof input !== "string") return input
  if (!isHubReference(input)) return locateWeights(input)
  const { hubWeights } = await import("../hub/weights.js")
  return hubWeights(input, options)
}
