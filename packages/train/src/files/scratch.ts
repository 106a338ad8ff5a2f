import { readdir, rm } from "node:fs/promises"
import { join } from "node:path"

/** How names of unfinished work begin: never taken for a checkpoint, removed by the next run. */
export const scratch = ".tubelet-"

/** Removes what a killed run left unfinished. */
export async function removeScratch(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(scratch)) await rm(join(folder, name), { recursive: true, force: true })
  }
}
