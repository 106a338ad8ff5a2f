import { stat } from "node:fs/promises"
import { extname, resolve } from "node:path"
import { TubeletError } from "@tubelet/core"
import { readCache } from "../cache/read.js"
import { notFound } from "../decode/not-found.js"
import type { ClipItem } from "./item.js"
import { readList } from "./list-file.js"
import { type MissingOptions, markMissing } from "./missing.js"
import { search } from "./search.js"

const listExtensions = new Set([".txt", ".csv", ".tsv", ".lst", ".list"])

export interface DiscoverOptions extends MissingOptions {
  /**
   * What pictures found in folders are: samples of their own, as MAE trains, or frames, so that
   * each folder of them is one video. Default "samples".
   */
  readonly pictures?: "samples" | "frames"
  /** Told what was passed over or is missing, and where a cache was not written to its end. */
  readonly onNotice?: (message: string) => void
}

/**
 * The clips of a data set, sorted by path: a folder (searched deep), one video or picture, a
 * list file in any of the originals' formats, or the folder of a cache, in its own order.
 *
 * Hidden and machine-made entries of a folder are passed over. Where pictures are frames, a folder
 * that holds videos holds no frames: posters beside videos are passed over, and that is told.
 *
 * @throws TubeletError where nothing is found, or more than half of the clips are missing.
 */
export async function discover(path: string, options: DiscoverOptions = {}): Promise<ClipItem[]> {
  const found = await stat(path).catch(() => undefined)
  if (!found) throw notFound(path, "Check the path to the data.")
  if (!found.isDirectory() && !found.isFile())
    throw new TubeletError(`${path}: is a pipe or a device`, "Give a file or a folder.")
  const cached = found.isDirectory() && (await readCache(path, options.onNotice))
  const items = cached || (await itemsAt(path, found.isDirectory(), options))
  if (items.length === 0) {
    throw new TubeletError(
      `${path}: no videos or pictures found`,
      "Expected files such as .mp4, .webm, .mkv, .avi, .jpg, .png, or a list with one path a line.",
    )
  }
  return cached || markMissing(items, path, options)
}

async function itemsAt(
  path: string,
  isFolder: boolean,
  { pictures = "samples", onNotice = () => {} }: DiscoverOptions,
): Promise<ClipItem[]> {
  if (!isFolder) {
    return listExtensions.has(extname(path).toLowerCase())
      ? readList(path)
      : [{ path: resolve(path) }]
  }
  const found = await search(path, pictures)
  const videos = found.paths.length - found.pictures
  if (found.beside.length > 0 && found.paths.length > 0) {
    onNotice(
      `${path}: ${found.beside.length} pictures beside videos are passed over, such as ` +
        `${found.beside[0]}; name their folder as the data to read it as frames`,
    )
  }
  if (found.pictures > 0 && videos > 0) {
    onNotice(
      `${path}: ${found.pictures} pictures and single frames of ${videos} videos are samples`,
    )
  }
  return found.paths.map((path) => ({ path }))
}
