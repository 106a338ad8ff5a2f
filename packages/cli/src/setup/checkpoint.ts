import { stat } from "node:fs/promises"
import {
  describeFit,
  fitReport,
  hubWeights,
  isHubReference,
  loadWeights,
  locateWeights,
  openCheckpoint,
} from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import type { PretrainModel } from "@tubelet/models"
import { UsageError } from "../shell/errors.js"
import type { Output } from "../shell/output.js"
import { downloadLine } from "../shell/progress/download-line.js"

/**
 * The weights that are named: those of a run's folder (its newest checkpoint), of a model's folder,
 * a file, or a model of the hub, which is fetched first.
 */
export async function weightsFile(named: string, output?: Output): Promise<string> {
  if (isHubReference(named)) return fetched(named, output)
  const found = await stat(named).catch(() => undefined)
  if (found) return locateWeights(named)
  throw new UsageError(
    `${named}: no such checkpoint`,
    "give a run's folder, a file, or hf:OWNER/NAME for a model of the Hugging Face hub",
  )
}

async function fetched(reference: string, output: Output | undefined): Promise<string> {
  const line = output && downloadLine(output)
  try {
    return await hubWeights(reference, line ? { onProgress: line.update } : {})
  } finally {
    line?.end()
  }
}

/** Reads a model's weights from any checkpoint; a name or shape that does not fit is an error. */
export async function readWeights(
  path: string,
  model: PretrainModel,
): Promise<Record<string, Float32Array>> {
  const file = await openCheckpoint(path)
  try {
    const misfits = describeFit(fitReport(file, model.specs))
    if (misfits.length > 0) {
      throw new TubeletError(
        `${path} does not fit the model: ${misfits.join("; ")}`,
        "give the --model, --size and --target it was trained with, or another checkpoint",
      )
    }
    return (await loadWeights(file, model.specs)).weights
  } finally {
    await file.close()
  }
}

/** Throws where a file holds an encoder only: it takes a decoder to paint what is hidden. */
export async function requireDecoder(path: string): Promise<void> {
  const file = await openCheckpoint(path)
  await file.close()
  if (file.contents === "pre-training") return
  const what = file.contents === "classifier" ? "a classifier" : "an encoder only"
  throw new TubeletError(
    `${path} holds ${what}: it cannot reconstruct, because it takes the decoder of ` +
      "pre-training to paint what was hidden, and published encoders come without it",
    "give a checkpoint as tubelet pretrain saves it, or a full one of the authors",
  )
}
