import type { Dirent } from "node:fs"
import { readdir, realpath, stat } from "node:fs/promises"
import { join, resolve, sep } from "node:path"
import { TubeletError } from "@tubelet/core"
import { isPicture, isVideo } from "../decode/kinds.js"
import { isData } from "../decode/not-data.js"
import { notFound } from "../decode/not-found.js"

export interface Found {
  /** Videos, and pictures or folders of frames, sorted. */
  readonly paths: readonly string[]
  /** Pictures that lie with videos, where pictures are frames: posters and the like. */
  readonly beside: readonly string[]
  /** How many of the paths are pictures. */
  readonly pictures: number
}

/** What a folder holds itself. */
interface Folder {
  readonly path: string
  readonly videos: string[]
  readonly pictures: string[]
  readonly folders: Folder[]
}

/**
 * Searches a folder deep. Hidden and machine-made entries are passed over, and links that lead back
 * up; the folder itself may be hidden. Where pictures are frames, a folder of them is one video,
 * unless videos lie in it, above it or below it: then its pictures are no data.
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
    paths.push(...folder.videos)
    if (pictures === "samples") paths.push(...folder.pictures)
    else if (within || holdsVideos(folder)) beside.push(...folder.pictures)
    else if (folder.pictures.length > 0) paths.push(folder.path)
    if (pictures === "samples") count += folder.pictures.length
    for (const inner of folder.folders) take(inner, within)
  }
  if (tree) take(tree, false)
  return { paths: paths.sort(byText), beside: beside.sort(byText), pictures: count }
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

const holdsVideos = (folder: Folder): boolean =>
  folder.videos.length > 0 || folder.folders.some(holdsVideos)

interface Walk {
  /** Where the search begins, with no link in it. */
  readonly top: string
  readonly seen: Set<string>
}

async function folderAt(path: string, walk: Walk): Promise<Folder | undefined> {
  const real = await realpath(path).catch(() => undefined)
  if (real === undefined) throw notFound(path, "It was there a moment ago: try again.")
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

/** A link to nothing counts as a file: it is a clip that is missing. */
async function kindOf(entry: Dirent, path: string): Promise<"folder" | "file" | undefined> {
  const found = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry
  if (found?.isDirectory()) return "folder"
  return !found || found.isFile() ? "file" : undefined
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    const { code } = cause as NodeJS.ErrnoException
    throw new TubeletError(`${folder}: cannot be read (${code})`, "Check its permissions.", {
      cause,
    })
  })
  return entries.filter(({ name }) => isData(name)).sort((a, b) => byText(a.name, b.name))
}
