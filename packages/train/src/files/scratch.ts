import { readdir, rm } from "node:fs/promises"
import { join } from "node:path"

/** The prefix of unfinished work: never taken for a checkpoint, removed by the next run. */
export const scratch = ".tubelet-"

/** Where a folder is moved before it is removed. */
export const removing = (folder: string, name: string): string =>
  join(folder, `${scratch}removing-${name}`)

/** Files that were being replaced, as named by core's `replaceFile`. */
const replaced = ["config.json", "labels.json", "epochs.csv", "baselines.json"].map(
  (name) => `.tmp-${name}-`,
)

/** Removes what a killed run left unfinished. */
export async function removeScratch(folder: string): Promise<void> {
  const unfinished = (name: string) =>
    [scratch, ...replaced].some((prefix) => name.startsWith(prefix))
  for (const name of (await readdir(folder)).filter(unfinished)) {
    await rm(join(folder, name), { recursive: true, force: true })
  }
}
