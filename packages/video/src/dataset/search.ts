import type { Dirent } from "node:fs"
import { readdir, realpath, stat } from "node:fs/promises"
import { join, resolve, sep } from "node:path"
import { TubeletError } from "@tubelet/core"
import { isPicture, isVideo } from "../decode/kinds.js"
import { isData } from "../decode/not-data.js"
import { notFound } from "../decode/not-found.js"

export interface Found {
  /** Videos, and pictures or folders of frames. Sorted. */
  readonly paths: readonly string[]
  /** If pictures are frames: pictures next to videos, such as posters. */
  readonly beside: readonly string[]
  /** Number of pictures among the paths. */
  readonly pictures: number
}

/** A folder's own entries. */
interface Folder {
  readonly path: string
  readonly videos: string[]
  readonly pictures: string[]
  readonly folders: Folder[]
}

/**
 * Searches a folder recursively. Skips hidden and system files, and links back to a parent; the
 * folder itself may be hidden. If pictures are frames, a folder of them is one video, unless there
 * are videos in it, above it or below it: then its pictures are not data.
 */
export async function search(root: string, pictures: "samples" | "frames"): Promise<Found> {
  const top = resolve(root)
  const seen = new Set<string>()
  const tree = await folderAt(top, { top: await realpath(top), seen })
  const paths: string[] = []
  const beside: string[] = []
  let count = 0
  const take = (folder: Folder, above: boolean): void => {
    const within = above || folder.videos.length > 0
    append(paths, folder.videos)
    if (pictures === "samples") append(paths, folder.pictures)
    else if (within || holdsVideos(folder)) append(beside, folder.pictures)
    else if (folder.pictures.length > 0) paths.push(folder.path)
    if (pictures === "samples") count += folder.pictures.length
    for (const inner of folder.folders) take(inner, within)
  }
  if (tree) take(tree, false)
  return { paths: paths.sort(byText), beside: beside.sort(byText), pictures: count }
}

/** Without a spread: a folder may hold more files than a call takes arguments. */
function append(to: string[], from: readonly string[]): void {
  for (const path of from) to.push(path)
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

const holdsVideos = (folder: Folder): boolean =>
  folder.videos.length > 0 || folder.folders.some(holdsVideos)

interface Walk {
  /** Real path of the search's root. */
  readonly top: string
  readonly seen: Set<string>
}

async function folderAt(path: string, walk: Walk): Promise<Folder | undefined> {
  const real = await realpath(path).catch(() => undefined)
  if (real === undefined) throw notFound(path, "it disappeared during the search: try again")
  const isAbove = walk.top !== real && walk.top.startsWith(real.endsWith(sep) ? real : real + sep)
  if (isAbove || walk.seen.has(real)) return undefined
  walk.seen.add(real)
  const folder: Folder = { path, videos: [], pictures: [], folders: [] }
  for (const entry of await entriesOf(path)) {
    const at = join(path, entry.name)
    const kind = await kindOf(entry, at)
    if (kind === "folder") {
      const inner = await folderAt(at, walk)
      if (inner) folder.folders.push(inner)
    } else if (kind === "file" && isVideo(at)) folder.videos.push(at)
    else if (kind === "file" && isPicture(at)) folder.pictures.push(at)
  }
  return folder
}

/** A dangling link counts as a file: a missing clip. */
async function kindOf(entry: Dirent, path: string): Promise<"folder" | "file" | undefined> {
  const found = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry
  if (found?.isDirectory()) return "folder"
  return !found || found.isFile() ? "file" : undefined
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    const { code } = cause as NodeJS.ErrnoException
    throw new TubeletError(`${folder}: cannot be read (${code})`, "check its permissions", {
      cause,
    })
  })
  return entries.filter(({ name }) => isData(name)).sort((a, b) => byText(a.name, b.name))
}
