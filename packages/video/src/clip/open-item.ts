import { openCached } from "../cache/source.js"
import { openFrameFolder } from "../decode/frame-folder.js"
import { open } from "../decode/open.js"
import type { Source } from "../decode/source.js"
import { partOf } from "../decode/time-range.js"
import { type ClipItem, isCached } from "../item.js"

/** Opens an item: a video or a part of it, a picture, a folder of frames or a cached clip. */
export async function openItem(item: ClipItem): Promise<Source> {
  if (isCached(item)) return openCached(item)
  const { path, frames, seconds, packed } = item
  const source = await (frames ? openFrameFolder(path, frames) : open(path, packed))
  if (!seconds) return source
  try {
    return partOf(source, seconds)
  } catch (error) {
    source.close()
    throw error
  }
}

/** Opens an item for the duration of `use`. */
export async function withSource<T>(
  item: ClipItem,
  use: (source: Source) => Promise<T>,
): Promise<T> {
  const source = await openItem(item)
  try {
    return await use(source)
  } finally {
    source.close()
  }
}
