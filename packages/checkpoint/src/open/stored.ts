import { choose, type Place } from "../candidates.js"
import { findWeights, shardTensors } from "../containers.js"
import { type ByteSource, byteSource, type Readable } from "../files/source.js"
import { modelsIn } from "../names/models.js"
import { pthForm, readPth } from "../pth/read.js"
import { openSafetensors } from "../safetensors/read.js"
import { openShards } from "../sharded/read.js"
import { type TensorFile, tensorFile } from "../tensor-file.js"
import { refuseOtherFile, tellingBytes } from "./other-files.js"

export type Format = "safetensors" | "pth" | "legacy pth"

/** Tensors under their names in the file, and how the file stores them. */
export interface StoredFile extends TensorFile, Place {
  readonly format: Format
  readonly sharded: boolean
  /** Keys of other models in the file, such as a teacher or averaged weights. */
  readonly alternatives: readonly string[]
  /** Everything else in the file, such as `epoch` and `args`, as plain data. */
  readonly others: ReadonlyMap<unknown, unknown>
}

/**
 * Opens safetensors, a `.pth` of either form, or a sharded checkpoint by its `.index.json`. Detects
 * the format by the first bytes, not the name. `key` selects one of several models, such as
 * `"teacher"`.
 */
export async function openStored(input: Readable, key?: string): Promise<StoredFile> {
  if (typeof input === "string" && input.endsWith(".index.json")) return openSet(input, key)
  return opened(
    input,
    async (file) => plain(file, { format: "safetensors", sharded: false }, key),
    async (source, format) => {
      const { place, alternatives } = findWeights(await readPth(source), source.name, key)
      const { tensors, ...where } = place
      const file = tensorFile(source.name, tensors, () => source.close())
      return { ...file, format, sharded: false, ...where, alternatives }
    },
  )
}

/** Opens a file by its first bytes, and closes it on failure. */
async function opened<T>(
  input: Readable,
  asSafetensors: (file: TensorFile) => Promise<T>,
  asPickle: (source: ByteSource, format: Format) => Promise<T>,
): Promise<T> {
  const source = await byteSource(input)
  try {
    const start = await source.read(0, Math.min(tellingBytes, source.size))
    const form = pthForm(start)
    if (form) return await asPickle(source, form === "zip" ? "pth" : "legacy pth")
    refuseOtherFile(start, source.name)
    return await asSafetensors(await openSafetensors(source))
  } catch (error) {
    await source.close()
    throw error
  }
}

/** Tensors without a container. */
function plain(
  file: TensorFile,
  how: Pick<StoredFile, "format" | "sharded">,
  key?: string,
): StoredFile {
  const prefixes = modelsIn(file.names)
  const places = (prefixes.length > 0 ? prefixes : [""]).map((prefix) => {
    return { container: [], prefix }
  })
  const { place, alternatives } = choose(places, key, file.path)
  return { ...file, ...how, ...place, others: new Map(), alternatives }
}

async function openSet(index: string, key?: string): Promise<StoredFile> {
  let format: Format = "safetensors"
  const open = (path: string): Promise<TensorFile> =>
    opened(
      path,
      async (file) => file,
      async (source, form) => {
        format = form
        const tensors = shardTensors(await readPth(source), source.name)
        return tensorFile(source.name, tensors, () => source.close())
      },
    )
  return plain(await openShards(index, open), { format, sharded: true }, key)
}
