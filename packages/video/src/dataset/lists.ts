import { existsSync } from "node:fs"
import { basename, dirname, join, resolve, sep } from "node:path"
import type { ListedClip } from "./kind.js"
import { classNames } from "./labels.js"
import { requireOneFileEach } from "./one-file-each.js"
import type { Place } from "./place.js"
import { splitInName } from "./splits.js"

/** A file that lists clips, and the split that its name indicates. */
export interface NamedList {
  readonly file: string
  readonly split: string | undefined
}

/** The one list that the user named, or one for each split. */
export function listsOf(place: Place, files: readonly string[]): NamedList[] {
  const chosen = place.only ? [place.only] : files
  const lists = chosen.map((file) => ({ file, split: splitInName(file) }))
  requireOneFileEach(place, lists, ({ split }) => split)
  return lists
}

/** Paths in a list are relative to the root that the user named, or to the list's folder. */
export const pathsIn = ({ folder, root }: Place, file: string): ((path: string) => string) =>
  root === folder
    ? (path) => resolve(dirname(join(folder, file)), path)
    : (path) => resolve(root, path)

/**
 * Finds clips by folder and name that are not where a list says: its paths may be those of another
 * machine, or relative to another folder, and may lack an extension.
 */
export async function located<T extends Pick<ListedClip, "path" | "packed">>(
  place: Place,
  clips: readonly T[],
): Promise<T[]> {
  const lost = clips.map(({ path, packed }) => !packed && !existsSync(path))
  if (!lost.includes(true)) return [...clips]
  const find = await place.clips()
  return clips.map((clip, i) => {
    if (!lost[i]) return clip
    const { folder, root } = place
    const isTop = [folder, root].includes(dirname(clip.path))
    const path = find(isTop ? basename(clip.path) : clip.path.split(sep).slice(-2).join("/"))
    return existsSync(path) ? { ...clip, path } : clip
  })
}

/** The sorted names of the classes of the training list beside one that the user named. */
export async function classesBeside(
  place: Place,
  files: readonly string[],
  read: (list: NamedList) => Promise<readonly ListedClip[]>,
): Promise<readonly string[] | undefined> {
  const file = files.find((other) => other !== place.only && splitInName(other) === "train")
  if (place.only === undefined || file === undefined) return undefined
  const labels = (await read({ file, split: "train" })).map(({ label }) => label)
  return labels.some((label) => typeof label === "number") ? undefined : classNames(labels)
}
