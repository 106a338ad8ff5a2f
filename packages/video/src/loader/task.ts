import { random } from "@tubelet/core/random"
import { readTrainingClip } from "../clip/read.js"
import type { ClipRecipe } from "../clip/recipe.js"
import type { ClipItem } from "../dataset/item.js"

/** All that makes one clip: plain data, so that it reads the same in any process. */
export interface ClipTask {
  readonly item: ClipItem
  readonly recipe: ClipRecipe
  /** Key of the clip's random stream. */
  readonly key: readonly (number | string)[]
}

/** Makes clips: in this process or in others. */
export interface ClipReader {
  /** u8 RGB, [frames, size, size, 3]. Rejects where the clip is bad. */
  read(task: ClipTask): Promise<Uint8Array>
  close(): void
}

export const readTask = async ({ item, recipe, key }: ClipTask): Promise<Uint8Array> =>
  (await readTrainingClip(item, recipe, random(...key))).data

/** Reads in this process: no start-up, but a decoder that crashes takes the program along. */
export const inProcess: ClipReader = { read: readTask, close() {} }
