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

/**
 * Makes the names in a folder last through a power cut, where the system can: Windows opens no
 * folders, and some mounts refuse to sync them.
 */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await (await fileSystem()).open(folder, "r").catch(() => undefined)
  await handle?.sync().catch(() => {})
  await handle?.close()
}
