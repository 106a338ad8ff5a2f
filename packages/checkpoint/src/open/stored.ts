import { findWeights } from "../containers.js"
import { type ByteSource, byteSource, type Readable } from "../files/source.js"
import { pthForm, readPth } from "../pth/read.js"
import { openSafetensors } from "../safetensors/read.js"
import { openShards } from "../sharded/read.js"
import { type TensorFile, tensorFile } from "../tensor-file.js"
import { refuseOtherFile, tellingBytes } from "./other-files.js"

export type Format = "safetensors" | "pth" | "legacy pth"

/** Tensors under the names they have in the file, and how the file keeps them. */
export interface StoredFile extends TensorFile {
  readonly format: Format
  readonly sharded: boolean
  /** The keys that lead to the weights: `["model"]`, `["module"]`; none in safetensors. */
  readonly container: readonly string[]
  /** What lies beside the weights, such as `epoch` and `args`, as plain data. */
  readonly others: ReadonlyMap<unknown, unknown>
}

/**
 * Opens safetensors, a `.pth` of either form, or a sharded set by its `.index.json`. What a file is
 * shows in its first bytes, not in its name.
 */
export async function openStored(input: Readable): Promise<StoredFile> {
  if (typeof input === "string" && input.endsWith(".index.json")) return openSet(input)
  const source = await byteSource(input)
  try {
    const start = await source.read(0, Math.min(tellingBytes, source.size))
    const form = pthForm(start)
    if (form) return await openPickled(source, form === "zip" ? "pth" : "legacy pth")
    refuseOtherFile(start, source.name)
    const plain = { sharded: false, container: [], others: new Map() }
    return { ...(await openSafetensors(source)), ...plain, format: "safetensors" }
  } catch (error) {
    await source.close()
    throw error
  }
}

async function openPickled(source: ByteSource, format: Format): Promise<StoredFile> {
  const { tensors, container, others } = findWeights(await readPth(source), source.name)
  const file = tensorFile(source.name, tensors, () => source.close())
  return { ...file, format, sharded: false, container, others }
}

async function openSet(index: string): Promise<StoredFile> {
  const formats = new Set<Format>()
  const set = await openShards(index, async (path) => {
    const shard = await openStored(path)
    formats.add(shard.format)
    return shard
  })
  const [format = "safetensors"] = formats
  return { ...set, format, sharded: true, container: [], others: new Map() }
}
