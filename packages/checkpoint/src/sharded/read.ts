import { TubeletError } from "@tubelet/core"
import { paths } from "@tubelet/core/files"
import { readJsonObject } from "../files/json.js"
import type { TensorSource } from "../tensor.js"
import { type TensorFile, tensorFile } from "../tensor-file.js"
import { shardsOf } from "./index-file.js"

/** More than any model on the hub has; each shard stays open. */
const mostShards = 1000

/** Opens a sharded checkpoint by its index; `open` opens one shard. Node only. */
export async function openShards(
  index: string,
  open: (path: string) => Promise<TensorFile>,
): Promise<TensorFile> {
  const { dirname, join } = await paths()
  const shards = shardsOf(await readJsonObject(index), index)
  if (shards.size > mostShards) throw new TubeletError(`${index} names ${shards.size} shards`)
  const files: TensorFile[] = []
  const close = async () => {
    for (const file of files) await file.close()
  }
  try {
    const tensors = new Map<string, TensorSource>()
    for (const [shard, names] of shards) {
      const file = await open(join(dirname(index), shard))
      files.push(file)
      requireSame(index, file, names)
      for (const name of names) tensors.set(name, file.tensors.get(name)!)
    }
    return tensorFile(index, tensors, close)
  } catch (error) {
    await close()
    throw error
  }
}

/** A shard must contain exactly the tensors that the index lists. */
function requireSame(index: string, shard: TensorFile, names: readonly string[]): void {
  const missing = names.find((name) => !shard.has(name))
  const named = new Set(names)
  const unnamed = shard.names.find((name) => !named.has(name))
  if (missing === undefined && unnamed === undefined) return
  throw new TubeletError(
    missing === undefined
      ? `${shard.path} contains "${unnamed}", which ${index} does not list`
      : `${shard.path} does not contain "${missing}", which ${index} lists`,
    "the files belong to different models: download them again",
  )
}
