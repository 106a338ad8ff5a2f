import { dirname, extname, relative, resolve, sep } from "node:path"
import { isPicture } from "../decode/kinds.js"
import { type ClipItem, isCached } from "../item.js"

/**
 * The file of each item below a prepared data set's folder: its name in its own folder, as .mp4,
 * or for a picture as .jpg or .png. Items that are the same clip have the same file.
 */
export function fileNames(items: readonly ClipItem[]): string[] {
  const top = commonFolder(items.map(({ path }) => path))
  const plain = items.map((item) => nameOf(item, relative(top, item.path)))
  const clips = new Map<string, Set<string>>()
  items.forEach((item, i) => {
    const key = plain[i].toLowerCase()
    clips.set(key, (clips.get(key) ?? new Set()).add(clipKey(item)))
  })
  // a.avi and a.mp4 keep their extensions: a.avi.mp4 and a.mp4.mp4.
  return items.map((item, i) =>
    clips.get(plain[i].toLowerCase())!.size === 1
      ? plain[i]
      : nameOf(item, `${relative(top, item.path)}.`),
  )
}

/** What tells one clip from another. */
export const clipKey = ({ path, frames, seconds, cached }: ClipItem): string =>
  JSON.stringify([path, frames, seconds, cached?.clip])

function nameOf(item: ClipItem, name: string): string {
  const { seconds, frames } = item
  const still = !frames && !isCached(item) && isPicture(item.path)
  const extension = frames ? "" : extname(name)
  const stem = name.slice(0, name.length - extension.length).replaceAll(`.tar${sep}`, sep)
  const range = seconds ? `-${seconds.start ?? 0}-${seconds.end ?? "end"}` : ""
  const part = frames ? `-${frames.start ?? "first"}-${frames.count}` : ""
  const kind = still ? (/\.png$/i.test(item.path) ? ".png" : ".jpg") : ".mp4"
  return `${stem}${range}${part}${kind}`.replaceAll(sep, "/")
}

/** The deepest folder that contains all paths. */
function commonFolder(paths: readonly string[]): string {
  let folder = dirname(paths[0])
  for (const path of paths) {
    while (relative(folder, path).startsWith("..")) folder = resolve(folder, "..")
  }
  return folder
}
