import { resolve } from "node:path"
import { readCache } from "../cache/read.js"
import type { ClipItem } from "../item.js"
import { dataset } from "./dataset.js"
import { list } from "./kinds/list.js"
import { isTar, webdataset } from "./kinds/webdataset.js"
import { isListName, readList } from "./list-file.js"
import { type MissingOptions, markMissing, reportMissing } from "./missing.js"
import { isFolderAt, noClips, placeAt } from "./place.js"
import { markedIn } from "./recognise.js"
import { search } from "./search.js"

export interface DiscoverOptions extends MissingOptions {
  /**
   * Whether each picture in a folder is a sample, as MAE trains on, or a frame, so that each folder
   * of pictures is one video. Default: "samples".
   */
  readonly pictures?: "samples" | "frames"
  /** Called with a line about skipped or missing files or an unfinished cache. */
  readonly onNotice?: (message: string) => void
}

/**
 * Lists the clips of a data set, sorted by path: a folder (searched recursively), one video or
 * picture, a list file in any of the authors' formats, or a cache's folder (in the cache's order).
 *
 * Skips hidden and system files. If pictures are frames, pictures next to videos are taken for
 * posters: they are skipped with a notice.
 *
 * @throws TubeletError if nothing is found, or more than half of the clips are missing.
 */
export async function discover(path: string, options: DiscoverOptions = {}): Promise<ClipItem[]> {
  const isFolder = await isFolderAt(path)
  const cached = isFolder ? await readCache(path, options.onNotice) : undefined
  const items = cached ?? (await (isFolder ? itemsIn(path, options) : itemsOf(path)))
  if (items.length === 0) throw noClips(path)
  if (cached) return cached
  const marked = await markMissing(items, options)
  reportMissing(marked, path, options)
  return marked
}

/** The clip that a file is, or those of a list, which may be that of a known data set. */
async function itemsOf(path: string): Promise<readonly ClipItem[]> {
  if (!isListName(path) && !isTar(path)) return [{ path: resolve(path) }]
  const [found] = await markedIn(await placeAt(path))
  return found.kind === list ? readList(path) : (await dataset(path)).items
}

async function itemsIn(
  path: string,
  { pictures = "samples", onNotice = () => {} }: DiscoverOptions,
): Promise<readonly ClipItem[]> {
  const found = await search(path, pictures)
  if (found.paths.length === 0 && (await placeAt(path)).files.some(isTar)) {
    return (await dataset(path, { kind: webdataset })).items
  }
  const videos = found.paths.length - found.pictures
  if (found.beside.length > 0 && found.paths.length > 0) {
    onNotice(
      `${path}: skipped ${found.beside.length} images next to videos, such as ` +
        `${found.beside[0]}; to read them as frames, pass their folder`,
    )
  }
  if (found.pictures > 0 && videos > 0) {
    onNotice(
      `${path}: the samples are ${found.pictures} images and single frames of ${videos} videos`,
    )
  }
  return found.paths.map((path) => ({ path }))
}
