import { stat } from "node:fs/promises"
import { resolve } from "node:path"
import { TubeletError } from "@tubelet/core"
import { readCache } from "../cache/read.js"
import { notFound } from "../decode/not-found.js"
import type { ClipItem } from "../item.js"
import { dataset } from "./dataset.js"
import { list } from "./kinds/list.js"
import { isTar, webdataset } from "./kinds/webdataset.js"
import { isListName, readList } from "./list-file.js"
import { type MissingOptions, markMissing, reportMissing } from "./missing.js"
import { placeAt } from "./place.js"
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
  const found = await stat(path).catch(() => undefined)
  if (!found) throw notFound(path, "check the path to the data")
  if (!found.isDirectory() && !found.isFile())
    throw new TubeletError(`${path}: is a pipe or a device`, "pass a file or a folder")
  const cached = found.isDirectory() && (await readCache(path, options.onNotice))
  const items = cached || (await itemsAt(path, found.isDirectory(), options))
  if (items.length === 0) {
    throw new TubeletError(
      `${path}: no videos or images found`,
      "expected files such as .mp4, .webm, .mkv, .avi, .jpg or .png, or a list of paths",
    )
  }
  if (cached) return cached
  const marked = await markMissing(items, options)
  reportMissing(marked, path, options)
  return marked
}

/** The clips of a list, which may be that of a known data set. */
async function listedIn(path: string): Promise<readonly ClipItem[]> {
  const [found] = await markedIn(await placeAt(path))
  return found.kind === list ? readList(path) : (await dataset(path)).items
}

async function itemsAt(
  path: string,
  isFolder: boolean,
  { pictures = "samples", onNotice = () => {} }: DiscoverOptions,
): Promise<readonly ClipItem[]> {
  if (!isFolder) {
    return isListName(path) || isTar(path) ? listedIn(path) : [{ path: resolve(path) }]
  }
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
