import { readdir, stat } from "node:fs/promises"
import { basename, dirname, join, relative, resolve, sep } from "node:path"
import { TubeletError } from "@tubelet/core"
import { isMedia } from "../decode/kinds.js"
import { isData } from "../decode/not-data.js"
import { notFound } from "../decode/not-found.js"
import { type ClipFinder, clipFinder } from "./clip-finder.js"
import { jsonOf, linesOf, type Row, rowsOf } from "./text-files.js"

/** A data set's folder, and the texts that describe its clips. */
export interface Place {
  /** Absolute. */
  readonly folder: string
  /**
   * Files that are not media, as sorted paths below the folder with `/`: in the folder, its folders
   * and theirs.
   */
  readonly files: readonly string[]
  /** The one file that the user named; otherwise undefined. */
  readonly only: string | undefined
  /** Where clips are searched: the root that the user named, or the folder. */
  readonly root: string
  /** The absolute path of a file. */
  at(file: string): string
  /** The lines of a file, trimmed, without empty ones. */
  lines(file: string): Promise<string[]>
  /** The rows of a CSV file with a header, by column name; the header shows the delimiter. */
  rows(file: string, delimiter?: string): Promise<Row[]>
  json(file: string): Promise<unknown>
  /** Searches the root once; the function it returns then finds clips by name. */
  clips(): Promise<ClipFinder>
}

/** Folders in folders that are searched for texts. */
const depth = 2
/** A folder with more folders holds clips or classes, and no texts below. */
const mostFolders = 500

/** Opens a folder, or a file in one, as a data set's place. */
export async function placeAt(path: string, root?: string): Promise<Place> {
  const isFolder = await isFolderAt(path)
  const folder = resolve(isFolder ? path : dirname(path))
  const at = (file: string) => join(folder, file)
  const top = resolve(root ?? folder)
  await requireFolder(top)
  let finder: Promise<ClipFinder> | undefined
  return {
    ...{ folder, root: top },
    only: isFolder ? undefined : basename(path),
    files: await textsIn(folder, isFolder ? depth : 0),
    at,
    lines: (file) => linesOf(at(file)),
    rows: (file, delimiter) => rowsOf(at(file), delimiter),
    json: (file) => jsonOf(at(file)),
    clips() {
      finder ??= clipFinder(top)
      return finder
    },
  }
}

/** Whether a data set's path is that of a folder; throws if it is no file either. */
export async function isFolderAt(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  if (!found) throw notFound(path, "check the path to the data")
  if (found.isDirectory() || found.isFile()) return found.isDirectory()
  throw new TubeletError(`${path}: is a pipe or a device`, "pass a file or a folder")
}

export const noClips = (path: string) =>
  new TubeletError(
    `${path}: no videos or images found`,
    "expected files such as .mp4, .webm, .mkv, .avi, .jpg or .png, or a list of paths",
  )

async function requireFolder(root: string): Promise<void> {
  const found = await stat(root).catch(() => undefined)
  if (found?.isDirectory()) return
  throw new TubeletError(`${root}: no such folder`, "pass the folder of the clips as root")
}

async function textsIn(folder: string, deeper: number, top = folder): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const found: string[] = []
  const isWide = entries.filter((entry) => entry.isDirectory()).length > mostFolders
  for (const entry of entries) {
    const { name } = entry
    if (!isData(name) || isMedia(name)) continue
    const path = join(folder, name)
    const kind = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry
    if (kind?.isFile()) found.push(relative(top, path).replaceAll(sep, "/"))
    if (kind?.isDirectory() && deeper > 0 && !isWide)
      found.push(...(await textsIn(path, deeper - 1, top)))
  }
  return found.sort()
}
