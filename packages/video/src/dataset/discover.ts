import { readdir, realpath, stat } from "node:fs/promises"
import { extname, join, resolve } from "node:path"
import { TubeletError } from "@tubelet/core"
import { readCache } from "../cache/read.js"
import { isPicture, isVideo } from "../decode/kinds.js"
import { missing } from "../decode/missing.js"
import type { ClipItem } from "./item.js"
import { readList } from "./list-file.js"

const LISTS = new Set([".txt", ".csv", ".tsv", ".lst", ".list"])

export interface DiscoverOptions {
  /**
   * What pictures found in folders are: samples of their own, as MAE trains, or frames, so that
   * each folder of them is one video. Default "samples".
   */
  readonly pictures?: "samples" | "frames"
  /** Told where a cache was not written to its end, and how it is. */
  readonly onNotice?: (message: string) => void
}

/**
 * The clips of a data set, sorted by path: a folder (searched deep), one video or picture, a
 * list file in any of the originals' formats, or the folder of a cache, in its own order.
 */
export async function discover(path: string, options: DiscoverOptions = {}): Promise<ClipItem[]> {
  const found = await stat(path).catch(() => undefined)
  if (!found) throw missing(path, "Check the path to the data.")
  if (!found.isDirectory() && !found.isFile())
    throw new TubeletError(`${path}: is a pipe or a device`, "Give a file or a folder.")
  const items = found.isDirectory()
    ? ((await readCache(path, options.onNotice)) ??
      (await search(path, options.pictures ?? "samples")))
    : LISTS.has(extname(path).toLowerCase())
      ? await readList(path)
      : [{ path: resolve(path) }]
  if (items.length > 0) return items
  throw new TubeletError(
    `${path}: no videos or pictures found`,
    "Expected files such as .mp4, .webm, .mkv, .avi, .jpg, .png, or a list with one path a line.",
  )
}

async function search(root: string, pictures: "samples" | "frames"): Promise<ClipItem[]> {
  const found: string[] = []
  const seen = new Set<string>()
  const visit = async (folder: string): Promise<void> => {
    const real = await realpath(folder).catch(() => undefined)
    if (real === undefined) throw missing(folder, "It was there a moment ago: try again.")
    if (seen.has(real)) return
    seen.add(real)
    let isFrames = false
    for (const entry of await entriesOf(folder)) {
      const path = join(folder, entry.name)
      const link = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry
      if (link?.isDirectory()) await visit(path)
      else if (isVideo(path)) found.push(path)
      else if (isPicture(path) && pictures === "samples") found.push(path)
      else if (isPicture(path)) isFrames = true
    }
    if (isFrames) found.push(folder)
  }
  await visit(resolve(root))
  return found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).map((path) => ({ path }))
}

const entriesOf = (folder: string) =>
  readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw new TubeletError(`${folder}: cannot be read`, "Check its permissions.", { cause })
  })
