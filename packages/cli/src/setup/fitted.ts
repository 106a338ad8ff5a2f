import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import {
  type Checkpoint,
  type HuggingFaceModel,
  openCheckpoint,
  readConfig,
  readJsonObject,
} from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import { shellWord } from "@tubelet/core/text"
import { type Fit, type FitHints, fitWeights } from "@tubelet/models/fit"
import type { Output } from "../shell/output.js"
import { typed } from "../shell/typed.js"
import { weightsFile } from "./checkpoint.js"
import { fieldsOf, isCount, isSystem } from "./model.js"
import { theirLastEps } from "./their-eps.js"

/** An open checkpoint, and the model that it fits. */
export interface Fitted {
  readonly path: string
  readonly file: Checkpoint
  readonly fit: Fit | undefined
  /** What Hugging Face's config.json beside it says. */
  readonly described?: HuggingFaceModel
  /** Whether a pre-training model predicts normalised pixels, where a config says so. */
  readonly normalisedTarget?: boolean
  readonly notes: readonly string[]
}

/** Opens a checkpoint and finds the model that its names and shapes, and its config, are of. */
export async function openFitted(named: string, output: Output): Promise<Fitted> {
  const path = await weightsFile(named, output)
  const file = await openCheckpoint(path)
  try {
    const shapes = Object.fromEntries(file.names.map((name) => [name, file.shape(name)]))
    const beside = join(dirname(path), "config.json")
    const config = existsSync(beside) ? await readJsonObject(beside) : undefined
    const theirs = config && "model_type" in config
    const { model: described, notes } = theirs ? readConfig(config, path) : { notes: [] }
    const read = fitWeights(shapes, described ? hintsOf(described) : runHints(config))
    const fit = described?.system === "videomae" && read ? withTheirEps(read) : read
    const target = config?.target
    const normalisedTarget = described?.normalisedTarget ?? (target && target === "normalised")
    return {
      ...{ path, file, fit, notes },
      ...(described && { described }),
      ...(typeof normalisedTarget === "boolean" && { normalisedTarget }),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

function withTheirEps(fit: Fit): Fit {
  if (fit.kind === "pretrain") {
    return { ...fit, config: { ...fit.config, decoderNormEps: theirLastEps } }
  }
  // Without a mean the last norm is the encoder's own, which has the config's eps.
  if (fit.config.pool !== "mean") return fit
  return { ...fit, config: { ...fit.config, lastNormEps: theirLastEps } }
}

const hintsOf = (model: HuggingFaceModel): FitHints => ({
  system: model.system,
  heads: model.encoder.heads,
  ...(model.decoder && { decoderHeads: model.decoder.heads }),
  imageSize: model.imageSize,
  frames: model.frames,
  eps: model.eps,
})

/** What a run's own config says of its model, as far as it can be so. */
export function runHints({ model }: Readonly<Record<string, unknown>> = {}): FitHints {
  const { system, encoder, decoder, imageSize, frames, eps } = fieldsOf(model)
  const known = Object.entries({
    heads: fieldsOf(encoder).heads,
    decoderHeads: fieldsOf(decoder).heads,
    imageSize,
    frames,
  })
  return {
    ...(isSystem(system) && { system }),
    ...Object.fromEntries(known.filter(([, value]) => isCount(value))),
    ...(typeof eps === "number" && eps > 0 && { eps }),
  }
}

/** The model that a checkpoint fits, with nothing missing. */
export function requireWhole({ path, fit }: Fitted): Fit {
  if (fit && fit.missing.length === 0 && fit.wrong.length === 0) return fit
  const why = fit
    ? `${fit.missing.length} tensors are missing and ${fit.wrong.length} are of another shape`
    : "it is of no model of this project"
  throw new TubeletError(
    `${path} cannot be converted: ${why}`,
    `see ${typed(`tubelet inspect ${shellWord(path)}`)}`,
  )
}
