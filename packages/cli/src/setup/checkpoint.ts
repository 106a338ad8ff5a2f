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
 * The weights of a run's folder (its newest checkpoint), a model's folder, a file, or a model of
 * the hub, which is downloaded unless a file has its name.
 */
export async function weightsFile(named: string, output?: Output): Promise<string> {
  const found = await stat(named).catch(() => undefined)
  if (found) return locateWeights(named)
  if (isHubReference(named)) return fetched(named, output)
  if (isUndecodable(named)) throw new TubeletError(`${named}: ${undecodableName}`, "rename it")
  throw new TubeletError(
    `${named}: no such checkpoint`,
    "pass a run's folder, a file, or hf:OWNER/NAME for a model on the Hugging Face Hub",
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
  /** Throws if the file is of another kind, before its tensors are compared. */
  readonly ready?: (file: Checkpoint) => void
}

/** Opens a checkpoint; throws if a name or shape does not fit the model. */
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
    ? `its shapes match ${presets.join(" or ")}: set --model to that, and --size and --target to ` +
        "those it was trained with"
    : "set the --model, --size and --target it was trained with, or pass another checkpoint"
}

/** Logs what else a file contains: tensors that are not part of the model, and other models. */
export function tellBeside({ path, foreign, stored }: Checkpoint, output: Output): void {
  if (foreign.length > 0) {
    output.log(`ignored in ${path}: ${some(foreign)}`)
  }
  for (const key of stored.alternatives.filter((k) => k !== "")) {
    output.log(`${path} also contains "${key}": --checkpoint-key ${key}`)
  }
}

/** What needs a decoder, for the error without one. */
const needs = {
  reconstruct: {
    why: "reconstruction needs the pre-training decoder, which published encoders do not include",
    advice: "pass a checkpoint of tubelet pretrain, or the authors' full pre-training checkpoint",
  },
  init: {
    why:
      "--init needs encoder and decoder, which pre-training trains together; published encoders " +
      "and fine-tuned models do not include a decoder",
    advice:
      "pass a checkpoint of tubelet pretrain or the authors' full pre-training checkpoint, or " +
      "omit --init to start from random weights",
  },
} as const

/** Throws if a file contains only an encoder or a classifier. */
export function requireDecoder(
  { path, contents }: Pick<Checkpoint, "path" | "contents">,
  task: keyof typeof needs,
): void {
  if (contents === "pre-training") return
  const what = contents === "classifier" ? "a classifier" : "only an encoder"
  const { why, advice } = needs[task]
  throw new TubeletError(`${path} contains ${what}: ${why}`, advice)
}
