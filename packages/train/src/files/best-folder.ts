import { rename } from "node:fs/promises"
import { join } from "node:path"
import { exists, writeText } from "@tubelet/core/files"
import type { BestWeights } from "../run/store.js"
import { replaceFolder, replaceJson, writeTensors } from "./checkpoints.js"
import { labelsFile, labelsText } from "./labels.js"
import { bestName } from "./names.js"
import { removing } from "./scratch.js"

interface About {
  readonly config: unknown
  readonly classes?: readonly string[]
}

/** Replaces the best weights: a model's folder with its config, its labels and its scores. */
export const writeBestFolder = (
  folder: string,
  { model, metric, metrics }: BestWeights,
  { config, classes }: About,
): Promise<void> =>
  replaceFolder(folder, bestName, async (unfinished) => {
    const { step, epoch, scores } = metrics
    await writeTensors(join(unfinished, "model.safetensors"), model)
    await replaceJson(join(unfinished, "config.json"), config)
    if (classes) await writeText(join(unfinished, labelsFile), labelsText(classes))
    await replaceJson(join(unfinished, "state.json"), { step, epoch, metric, ...scores })
  })

/** Puts back the best weights that a run had moved aside for better ones when it was killed. */
export async function restoreBest(folder: string): Promise<void> {
  const best = join(folder, bestName)
  if (!(await exists(best))) await rename(removing(folder, bestName), best).catch(() => {})
}
