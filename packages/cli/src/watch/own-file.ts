import type { Stats } from "node:fs"
import { type FileHandle, lstat, open, realpath } from "node:fs/promises"
import { join } from "node:path"

/**
 * Opens a file below `root`, a real path; `path` has slashes. Undefined if there is no such file,
 * a part of its path is hidden or leads out, or a link leads to it.
 */
export async function openOwn(root: string, path: string): Promise<FileHandle | undefined> {
  const parts = path.split("/")
  if (!parts.every(isPlain)) return undefined
  const place = join(root, ...parts)
  try {
    const seen = await lstat(place)
    if (!seen.isFile() || (await realpath(place)) !== place) return undefined
    const handle = await open(place)
    if (sameFile(seen, await handle.stat())) return handle
    await handle.close() // Replaced since it was looked at, perhaps by a link.
  } catch {
    // It cannot be read, or is gone.
  }
  return undefined
}

/** A folder's path with links resolved; undefined as long as it does not exist. */
export const realFolder = (folder: string): Promise<string | undefined> =>
  realpath(folder).catch(() => undefined)

/** Whether a name neither is hidden nor leads elsewhere. */
export const isPlain = (name: string): boolean =>
  name !== "" && !name.startsWith(".") && !/[\\/\0]/.test(name)

const sameFile = (a: Stats, b: Stats): boolean => a.ino === b.ino && a.dev === b.dev
