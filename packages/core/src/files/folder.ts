import { fileSystem, paths } from "./node.js"
import { notMade } from "./write-error.js"

/**
 * Creates a folder and its missing parents, and returns the folders created, outermost first. On
 * failure none is left behind. Node 20's recursive mkdir never returns where nothing can be
 * created, such as /proc. Node only.
 *
 * @throws TubeletError with the reason.
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

/** Removes folders that `makeFolder` created, unless they are no longer empty. */
export async function removeFolders(made: readonly string[]): Promise<void> {
  const fs = await fileSystem()
  for (const folder of [...made].reverse()) await fs.rmdir(folder).catch(() => {})
}

/** The missing folders on the way to `path`, outermost first. */
async function missing(path: string): Promise<string[]> {
  const { dirname } = await paths()
  const found: string[] = []
  for (let folder = path; !(await isFolder(folder)); folder = dirname(folder)) {
    found.unshift(folder)
    if (dirname(folder) === folder) break // The drive does not exist.
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
    throw new Error(`${path} is a broken link to ${link}`)
  }
  throw new Error(`${path} is a file`)
}

/** Creates one folder; false if another process was faster. */
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
