import { TubeletError } from "@tubelet/core"

/** What pages get for `run-folder`, by the manifest's field `browser`: folders are Node's. */
export async function openRunFolder(folder: string): Promise<never> {
  throw new TubeletError(
    `results cannot go to the folder ${folder}: this is no Node`,
    "give a store of your own as out, or nothing to keep none",
  )
}
