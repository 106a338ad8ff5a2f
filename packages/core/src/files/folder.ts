import { fileSystem, paths } from "./node.js"
import { notMade } from "./write-error.js"

/**
 * Makes a folder, with those above it that are missing, and gives the folders made, the outermost
 * first. Where the last cannot be made, none is left. Node 20's own recursive mkdir never ends
 * where nothing can be made, as in /proc. Node only.
 *
 * @throws TubeletError that says why it cannot be made.
 */
export async function makeFolder(path: string): Promise<string[]> {
  const { resolve } = await paths()
  const made: string[] = []
  try {
    for (const folder of await missing(resolve(path))) if (await make(folder)) made.push(folder)
    return made
  } catch (cause) {
    await removeFolders(made)
    throw await notMade(path, cause as NodeJS.ErrnoException)
  }
}

/** Removes folders that `makeFolder` made, unless they hold something by now. */
export async function removeFolders(made: readonly string[]): Promise<void> {
  const fs = await fileSystem()
  for (const folder of [...made].reverse()) await fs.rmdir(folder).catch(() => {})
}

/** The folders on the way to `path` that are not there, the outermost first. */
async function missing(path: string): Promise<string[]> {
  const { dirname } = await paths()
  const found: string[] = []
  for (let folder = path; !(await isFolder(folder)); folder = dirname(folder)) {
    found.unshift(folder)
    if (dirname(folder) === folder) break // A drive that is not there.
  }
  return found
}

async function isFolder(path: string): Promise<boolean> {
  const fs = await fileSystem()
  try {
    if ((await fs.stat(path)).isDirectory()) return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "ENOTDIR") return false
    if (code !== "ENOENT") throw error
    const link = await fs.readlink(path).catch(() => undefined)
    if (link === undefined) return false
    throw new Error(`${path} is a link to ${link}, which is not there`)
  }
  throw new Error(`${path} is a file`)
}

/** Makes one folder; false where another process was faster. */
async function make(folder: string): Promise<boolean> {
  const fs = await fileSystem()
  try {
    await fs.mkdir(folder)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST" && (await isFolder(folder))) return false
    throw error
  }
}
