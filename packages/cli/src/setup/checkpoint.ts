import { stat } from "node:fs/promises"
import {
  type Checkpoint,
  describeFit,
  fitReport,
  hubWeights,
  isHubReference,
  loadWeights,
  locateWeights,
  openCheckpoint,
} from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import { isUndecodable, undecodableName } from "@tubelet/core/text"
import type { PretrainModel } from "@tubelet/models"
import { fitWeights } from "@tubelet/models/fit"
import type { Output } from "../shell/output.js"
import { downloadLine } from "../shell/progress/download-line.js"
import { some } from "../shell/some.js"

/**
 * The weights that are named: those of a run's folder (its newest checkpoint), of a model's folder,
 * a file, or a model of the hub, which is fetched first unless there is a file of that name.
 */
export async function weightsFile(named: string, output?: Output): Promise<string> {
  const found = await stat(named).catch(() => undefined)
  if (found) return locateWeights(named)
  if (isHubReference(named)) return fetched(named, output)
  if (isUndecodable(named)) throw new TubeletError(`${named}: ${undecodableName}`, "rename it")
  throw new TubeletError(
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

interface Fitting {
  readonly model: PretrainModel
  /** Which of several models in the file. */
  readonly key?: string | undefined
  /** Throws where the file is of another kind, before its tensors are compared. */
  readonly ready?: (file: Checkpoint) => void
}

/** Opens a checkpoint; a name or shape that does not fit the model is an error. */
export async function openFitting(
  path: string,
  { model, key, ready }: Fitting,
): Promise<Checkpoint> {
  const file = await openCheckpoint(path, { key })
  try {
    ready?.(file)
    const misfits = describeFit(fitReport(file, model.specs))
    if (misfits.length === 0) return file
    const why = `${path} does not fit the model: ${misfits.join("; ")}`
    throw new TubeletError(why, adviceOnMisfit(file))
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Reads a model's weights from any checkpoint that fits it. */
export async function readWeights(
  path: string,
  model: PretrainModel,
  key?: string,
): Promise<Record<string, Float32Array>> {
  const file = await openFitting(path, { model, key })
  try {
    return (await loadWeights(file, model.specs)).weights
  } finally {
    await file.close()
  }
}

function adviceOnMisfit(file: Checkpoint): string {
  const shapes = Object.fromEntries(file.names.map((name) => [name, file.shape(name)]))
  const presets = fitWeights(shapes)?.presets ?? []
  return presets.length > 0
    ? `it has the shapes of ${presets.join(" or ")}: give that as --model, with the --size and ` +
        "--target it was trained with"
    : "give the --model, --size and --target it was trained with, or another checkpoint"
}

/** Says what else is in a file: tensors that are no part of the model, and other models. */
export function tellBeside({ path, foreign, stored }: Checkpoint, output: Output): void {
  if (foreign.length > 0) {
    output.log(`unexpected in ${path}, and left out: ${some(foreign)}`)
  }
  for (const key of stored.alternatives.filter((k) => k !== "")) {
    output.log(`${path} also holds "${key}", which --checkpoint-key ${key} takes`)
  }
}

/** What takes a decoder, for the error where there is none. */
const needs = {
  reconstruct: {
    why:
      "it cannot reconstruct, because it takes the decoder of pre-training to paint what was " +
      "hidden, and published encoders come without it",
    advice: "give a checkpoint as tubelet pretrain saves it, or a full one of the authors",
  },
  init: {
    why:
      "--init goes on with pre-training, which trains encoder and decoder together, and the " +
      "decoder is not in it: published encoders and fine-tuned models come without one",
    advice:
      "give a checkpoint as tubelet pretrain saves it or the authors' file of pre-training, or " +
      "leave --init out to begin with random weights",
  },
} as const

/** Throws where a file holds an encoder or a classifier only. */
export function requireDecoder(
  { path, contents }: Pick<Checkpoint, "path" | "contents">,
  task: keyof typeof needs,
): void {
  if (contents === "pre-training") return
  const what = contents === "classifier" ? "a classifier" : "an encoder only"
  const { why, advice } = needs[task]
  throw new TubeletError(`${path} holds ${what}: ${why}`, advice)
}
