import { TubeletError } from "@tubelet/core"

/** Takes the place of `run-folder` in pages, by the manifest's `browser` field: files are Node's. */
export async function openRunFolder(folder: string): Promise<never> {
  throw new TubeletError(
    `results cannot go to the folder ${folder}: this is no Node`,
    "give a store of your own as out, or nothing to keep none",
  )
}
