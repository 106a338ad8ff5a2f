import { access } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import type { SetFiles } from "./files.js"

/** The files of a set in a folder. */
export function setFolder(path: string): SetFiles {
  const folder = resolve(path)
  const at = (file: string) => join(folder, file)
  return {
    name: basename(folder),
    open: at,
    has: (file) =>
      access(at(file)).then(
        () => true,
        () => false,
      ),
    beside: (name) => setFolder(join(dirname(folder), name)),
  }
}
