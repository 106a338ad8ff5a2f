import { TubeletError } from "@tubelet/core"
import { isObject, type JsonObject } from "../files/json.js"

/** The tensor names in each shard of a sharded checkpoint, by file name. */
export type Shards = ReadonlyMap<string, readonly string[]>

const refuse = (file: string, why: string): never => {
  const advice = "download or write it again"
  throw new TubeletError(`${file} is not a valid index of shards: ${why}`, advice)
}

/** Shards are next to their index: names of other places, or of an index, are rejected. */
const plainName = /^(?!\.)(?!.*\.index\.json$)[^/\\:\0]{1,255}$/

/** Reads `model.safetensors.index.json`, as Hugging Face writes it for large models. */
export function shardsOf({ weight_map: map }: JsonObject, file: string): Shards {
  if (!isObject(map)) return refuse(file, "it has no weight_map")
  const shards = new Map<string, string[]>()
  for (const [tensor, shard] of Object.entries(map)) {
    if (typeof shard !== "string" || !plainName.test(shard)) {
      const shown = String(JSON.stringify(shard)).slice(0, 80)
      return refuse(file, `"${tensor.slice(0, 80)}" is in ${shown}, which is not a shard's name`)
    }
    const names = shards.get(shard)
    if (names) names.push(tensor)
    else shards.set(shard, [tensor])
  }
  return shards
}

/** The text of an index, as transformers writes it. */
export function formatIndex(shards: Shards, totalBytes: number): string {
  const pairs = [...shards].flatMap(([shard, names]) => names.map((name) => [name, shard]))
  const map = Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)))
  const index = { metadata: { total_size: totalBytes }, weight_map: map }
  return `${JSON.stringify(index, null, 2)}\n`
}
