import { dirname, isAbsolute, join, resolve } from "node:path"
import { requireOneFileEach } from "./one-file-each.js"
import type { Place } from "./place.js"
import { splitInName } from "./splits.js"

/** A file that lists clips, and the split that its name tells. */
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

/**
 * Resolves the paths in a list: relative ones in the root that the user named, or beside the list.
 * In a named root, clips with absolute paths, as of another machine, are searched by name.
 */
export async function pathsIn(place: Place, file: string): Promise<(path: string) => string> {
  const { folder, root } = place
  if (root === folder) return (path) => resolve(dirname(join(folder, file)), path)
  const find = await place.clips()
  return (path) => (isAbsolute(path) ? find(path) : resolve(root, path))
}
