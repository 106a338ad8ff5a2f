import { fileSystem, paths } from "./node.js"

/** Appends bytes to the file being written. */
export type Append = (bytes: Uint8Array) => Promise<void>

/**
 * Writes a file under a temporary name, syncs it and renames it to `path`: at any moment `path` is
 * the old file or the new one, whole. Where writing fails the temporary file is removed.
 */
export async function replaceFile(
  path: string,
  write: (append: Append) => Promise<void>,
): Promise<void> {
  const fs = await fileSystem()
  const { dirname, basename, join } = await paths()
  const temporary = join(dirname(path), `.tmp-${basename(path)}-${process.pid}-${++written}`)
  try {
    const file = await fs.open(temporary, "w")
    try {
      await write((bytes) => file.writeFile(bytes))
      await file.sync()
    } finally {
      await file.close()
    }
    await fs.rename(temporary, path)
  } catch (error) {
    await fs.rm(temporary, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

/** Tells apart files that this process writes to one path at a time. */
let written = 0

/** Makes the names in a folder last; Windows cannot open folders, and needs no such call. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return
  const handle = await (await fileSystem()).open(folder, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
