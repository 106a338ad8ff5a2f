import { TubeletError } from "@tubelet/core"
import { fileSystem, paths, writeText, writeTogether } from "@tubelet/core/files"
import { writeSafetensors } from "../safetensors/write.js"
import { bytesOf, type TensorSources } from "../tensor.js"
import { formatIndex } from "./index-file.js"

/** The largest shard that transformers writes: 50 GB, in bytes. */
const largestShard = 50e9

/**
 * Writes `model.safetensors` into a folder or, if the tensors exceed `maxShardBytes` in total,
 * `model-00001-of-0000N.safetensors` and their index. Splits as transformers does: in the record's
 * order, with a larger tensor in its own shard. Writes all files or none.
 *
 * @throws TubeletError if the folder contains weights in another layout, which could be mistaken
 * for these.
 */
export async function writeModel(
  folder: string,
  tensors: TensorSources,
  { maxShardBytes = largestShard, texts = {} }: ModelOptions = {},
): Promise<string[]> {
  const { join } = await paths()
  const names = Object.keys(tensors)
  const shards = split(tensors, maxShardBytes)
  const single = shards.length === 1
  const fileName = (i: number) => (single ? `${stem}.safetensors` : shardName(i, shards.length))
  const files = shards.map((_, i) => fileName(i))
  const index = single ? [] : [indexName]
  await requireNoOtherWeights(folder, [...files, ...index])
  await writeTogether(folder, async (scratch) => {
    for (const [i, shard] of shards.entries()) {
      const sources = Object.fromEntries(shard.map((name) => [name, tensors[name]]))
      await writeSafetensors(join(scratch, files[i]), sources)
    }
    const map = new Map(shards.map((shard, i) => [files[i], shard]))
    const indexText = single ? {} : { [indexName]: formatIndex(map, totalBytes(tensors, names)) }
    for (const [name, text] of Object.entries({ ...indexText, ...texts })) {
      await writeText(join(scratch, name), text)
    }
  })
  return [...files, ...index, ...Object.keys(texts)].map((file) => join(folder, file))
}

export interface ModelOptions {
  readonly maxShardBytes?: number
  /** Other files of the model by name, such as `config.json`. */
  readonly texts?: Readonly<Record<string, string>>
}

const stem = "model"
const indexName = `${stem}.safetensors.index.json`
const weightsFile = /^model(-\d{5}-of-\d{5})?\.safetensors(\.index\.json)?$/

const digits = (n: number) => String(n).padStart(5, "0")
const shardName = (i: number, count: number) =>
  `${stem}-${digits(i + 1)}-of-${digits(count)}.safetensors`

const totalBytes = (tensors: TensorSources, names: readonly string[]): number =>
  names.reduce((sum, name) => sum + bytesOf(tensors[name].dtype, tensors[name].shape), 0)

function split(tensors: TensorSources, most: number): string[][] {
  const shards: string[][] = [[]]
  let bytes = 0
  for (const name of Object.keys(tensors)) {
    const more = totalBytes(tensors, [name])
    const current = shards.at(-1)!
    if (bytes + more > most && current.length > 0) {
      shards.push([name])
      bytes = more
    } else {
      current.push(name)
      bytes += more
    }
  }
  return shards
}

async function requireNoOtherWeights(folder: string, files: readonly string[]): Promise<void> {
  const present = await (await fileSystem()).readdir(folder).catch(() => [])
  const other = present.find((name) => weightsFile.test(name) && !files.includes(name))
  if (other === undefined) return
  throw new TubeletError(
    `${folder} already contains other weights: ${other}`,
    "choose another folder, or remove them first",
  )
}
