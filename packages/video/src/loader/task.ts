import { random } from "@tubelet/core/random"
import { readTrainingViews } from "../clip/read.js"
import type { ClipRecipe } from "../clip/recipe.js"
import type { ClipItem } from "../dataset/item.js"

/** All that makes the views of one clip: plain data, so that it reads the same in any process. */
export interface ClipTask {
  readonly item: ClipItem
  readonly recipe: ClipRecipe
  /** Key of the clip's random stream. */
  readonly key: readonly (number | string)[]
  /** Crops of the same frames to make, each by a stream of its own. */
  readonly views: number
}

/** Makes clips: in this process or in others. */
export interface ClipReader {
  /** Fills `into` with u8 RGB, [views, frames, size, size, 3]. Rejects where the clip is bad. */
  read(task: ClipTask, into: Uint8Array): Promise<void>
  close(): void
}

/** The views of a clip, one after another. The first one's stream is the clip's own. */
export async function readTask({ item, recipe, key, views }: ClipTask): Promise<Uint8Array[]> {
  const streams = Array.from({ length: views }, (_, view) =>
    view === 0 ? random(...key) : random(...key, "view", view),
  )
  return (await readTrainingViews(item, recipe, streams)).map(({ data }) => data)
}

/** Reads in this process: no start-up, but a decoder that crashes takes the program along. */
export const inProcess: ClipReader = {
  async read(task, into) {
    let place = 0
    for (const view of await readTask(task)) {
      into.set(view, place)
      place += view.length
    }
  },
  close() {},
}
