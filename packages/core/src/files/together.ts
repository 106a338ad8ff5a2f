import { atExit } from "./at-exit.js"
import { makeFolder, removeFolders } from "./folder.js"
import { fileSystem, paths, syncFileSystem } from "./node.js"
import { syncFolder } from "./replace.js"
import { notWritten } from "./write-error.js"

/**
 * Lets `write` fill a temporary folder, then moves its files into `folder` in order of name,
 * creating it if missing. If writing fails or the process exits early, `folder` is unchanged.
 * Returns the files' paths. Node only.
 *
 * @throws TubeletError with the reason if it cannot be written.
 */
export async function writeTogether(
  folder: string,
  write: (scratch: string) => Promise<unknown>,
): Promise<string[]> {
  const fs = await fileSystem()
  const { rmdirSync, rmSync } = await syncFileSystem()
  const { join } = await paths()
  const made = await makeFolder(folder)
  const failed = async (cause: NodeJS.ErrnoException): Promise<never> => {
    throw await notWritten(folder, cause)
  }
  let scratch = ""
  const done = atExit(() => {
    if (scratch) rmSync(scratch, { recursive: true, force: true })
    for (const empty of [...made].reverse()) rmdirSync(empty)
  })
  try {
    scratch = await fs.mkdtemp(join(folder, ".tubelet-")).catch(failed)
    await write(scratch)
    const names = (await fs.readdir(scratch)).sort()
    const files = names.map((name) => join(folder, name))
    for (const [i, name] of names.entries()) {
      await fs.rename(join(scratch, name), files[i]).catch(failed)
    }
    await syncFolder(folder)
    return files
  } finally {
    if (scratch) await fs.rm(scratch, { recursive: true, force: true })
    await removeFolders(made) // Folders that are not empty stay.
    done()
  }
}
