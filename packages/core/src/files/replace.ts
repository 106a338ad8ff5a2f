import { atExit } from "./at-exit.js"
import { fileSystem, paths, syncFileSystem } from "./node.js"
import { notWritten } from "./write-error.js"

/** Appends bytes to the file. */
export type Append = (bytes: Uint8Array) => Promise<void>

/**
 * Writes a file under a temporary name, syncs it and renames it to `path`, which always contains
 * either the old content or the new. If writing fails or the process exits early, the temporary
 * file is removed.
 *
 * @throws TubeletError with the reason if it cannot be written.
 */
export async function replaceFile(
  path: string,
  write: (append: Append) => Promise<void>,
): Promise<void> {
  const fs = await fileSystem()
  const { rmSync } = await syncFileSystem()
  const { dirname, basename, join } = await paths()
  const temporary = join(dirname(path), `.tmp-${basename(path)}-${process.pid}-${++written}`)
  const failed = async (cause: NodeJS.ErrnoException): Promise<never> => {
    throw await notWritten(path, cause)
  }
  const done = atExit(() => rmSync(temporary, { force: true }))
  try {
    const file = await fs.open(temporary, "w").catch(failed)
    try {
      await write((bytes) => file.writeFile(bytes).catch(failed))
      await file.sync().catch(failed)
    } finally {
      await file.close().catch(failed)
    }
    await fs.rename(temporary, path).catch(failed)
  } catch (error) {
    await fs.rm(temporary, { force: true })
    throw error
  } finally {
    done()
  }
  await syncFolder(dirname(path))
}

/** Writes a text file as `replaceFile` does. */
export const writeText = (path: string, text: string): Promise<void> =>
  replaceFile(path, (append) => append(new TextEncoder().encode(text)))

/** Distinguishes files that this process writes to one path at the same time. */
let written = 0

/**
 * Makes renames in a folder survive a power cut, where the system can: Windows cannot open folders,
 * and some mounts cannot sync.
 */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await (await fileSystem()).open(folder, "r").catch(() => undefined)
  await handle?.sync().catch(() => {})
  await handle?.close()
}
