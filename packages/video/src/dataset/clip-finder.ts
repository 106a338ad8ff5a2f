import { join, relative, sep } from "node:path"
import { TubeletError } from "@tubelet/core"
import { isMedia } from "../decode/kinds.js"
import { search } from "./search.js"

/**
 * The path of a clip by its name, or by its folder and name, such as `Archery/v_Archery_g01_c01`.
 * Extensions do not matter: videos may have been converted. Of several names, the first that exists
 * is used; if none exists, the clip is expected in the root.
 *
 * @throws TubeletError if several files have the name.
 */
export type ClipFinder = (...names: readonly [string, ...string[]]) => string

/** Searches a folder for videos and folders of frames. */
export async function clipFinder(root: string): Promise<ClipFinder> {
  const { paths } = await search(root, "frames")
  const byName = new Map<string, string[]>()
  for (const path of paths) {
    const parts = stem(relative(root, path)).split(sep)
    for (const name of new Set([parts.slice(-1).join("/"), parts.slice(-2).join("/")])) {
      const same = byName.get(name)
      if (same) same.push(path)
      else byName.set(name, [path])
    }
  }
  return (...names) => {
    for (const name of names) {
      const found = byName.get(stem(name).split("/").slice(-2).join("/"))
      if (found && found.length > 1) throw severalFiles(name, found)
      if (found) return found[0]
    }
    return join(root, names[0])
  }
}

/** Without the extension of a video or a picture: other dots belong to the name. */
const stem = (path: string) => (isMedia(path) ? path.replace(/\.[^.]*$/, "") : path)

const severalFiles = (name: string, [first, second]: readonly string[]) =>
  new TubeletError(
    `the clip ${name} may be ${first} or ${second}`,
    "keep one of them, or pass the folder of the right ones as root",
  )
