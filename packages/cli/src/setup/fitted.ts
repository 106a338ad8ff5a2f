import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import {
  type Checkpoint,
  type HuggingFaceModel,
  openCheckpoint,
  readConfig,
  readJsonObject,
  type SavedArgs,
  savedArgs,
} from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import { shellWord } from "@tubelet/core/text"
import { type Fit, fitWeights } from "@tubelet/models/fit"
import { gridOf } from "@tubelet/vit"
import type { Told } from "../flags/model.js"
import type { Output } from "../shell/output.js"
import { typed } from "../shell/typed.js"
import { contradictions, requireAgreement, whereFrom } from "./agreement.js"
import { weightsFile } from "./checkpoint.js"
import { namedConfig } from "./model.js"
import {
  argsSource,
  customConfig,
  hintsFrom,
  runSource,
  type Source,
  type Target,
  theirSource,
  toldSources,
} from "./sources.js"
import { theirLastEps } from "./their-eps.js"

/** An open checkpoint, and the model that it fits. */
export interface Fitted {
  readonly path: string
  readonly file: Checkpoint
  readonly fit: Fit | undefined
  /** What Hugging Face's config.json next to it says. */
  readonly described?: HuggingFaceModel
  /** The settings recorded in the file. */
  readonly said?: SavedArgs
  /** What a pre-training model predicts. */
  readonly target: Target
  /** The source of each value: `tensor shapes`, `args`, `config.json`, a flag, or `assumed`. */
  readonly from: Readonly<Record<string, string>>
  readonly notes: readonly string[]
}

/**
 * Opens a checkpoint and finds its model by names and shapes. What they do not show comes from
 * flags, a config.json next to it, or the file itself.
 *
 * @throws UsageError if a flag contradicts the tensors.
 */
export async function openFitted(named: string, told: Told, output: Output): Promise<Fitted> {
  const path = await weightsFile(named, output)
  const file = await openCheckpoint(path, { key: told.checkpointKey })
  try {
    return { path, file, ...(await fitted(path, file, told)) }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function fitted(path: string, file: Checkpoint, told: Told) {
  const model = told.model === undefined ? undefined : await namedConfig(told.model)
  const shapes = Object.fromEntries(file.names.map((name) => [name, file.shape(name)]))
  const shown = fitWeights(shapes)
  const { source, described, said, notes } = await descriptionOf(path, file, shown)
  const sources = [...toldSources(told, model), ...source]
  const read = fitWeights(shapes, hintsFrom(sources))
  if (read) {
    requireAgreement(path, read, sources, model)
    gridOf(read.config) // Throws if its sizes cannot be cut into patches.
  }
  const fit = described?.system === "videomae" && read ? withTheirEps(read) : read
  const doubts = read && said ? contradictions(said, read, sources) : []
  const target = sources.find((s) => s.target !== undefined)
  return {
    ...{ fit, target: target?.target ?? "normalised", notes: [...notes, ...doubts] },
    from: {
      ...(fit && shown && whereFrom(fit, shown, sources)),
      ...(fit?.kind === "pretrain" && { target: target?.from ?? "assumed" }),
    },
    ...(described && { described }),
    ...(said && { said }),
  } as const
}

/** What a config.json next to a checkpoint, or the file itself, says about its model. */
async function descriptionOf(path: string, file: Checkpoint, shown: Fit | undefined) {
  const beside = join(dirname(path), "config.json")
  const config = existsSync(beside) ? await readJsonObject(beside) : {}
  const inside = savedArgs(file.stored.others)
  const said = customConfig(config) ?? inside
  const theirs = "model_type" in config && said === inside ? readConfig(config, beside) : undefined
  const source: Source[] = [
    theirs ? theirSource(theirs.model) : runSource(config),
    ...(said ? [argsSource(said, shown?.config)] : []),
  ]
  return { source, said, described: theirs?.model, notes: theirs?.notes ?? [] }
}

function withTheirEps(fit: Fit): Fit {
  if (fit.kind === "pretrain") {
    return { ...fit, config: { ...fit.config, decoderNormEps: theirLastEps } }
  }
  // Without a mean the last norm is the encoder's own, which has the config's eps.
  if (fit.config.pool !== "mean") return fit
  return { ...fit, config: { ...fit.config, lastNormEps: theirLastEps } }
}

/** The model that a checkpoint fits, with nothing missing. */
export function requireWhole({ path, fit }: Fitted): Fit {
  if (fit && fit.missing.length === 0 && fit.wrong.length === 0) return fit
  const why = fit
    ? `${fit.missing.length} tensors are missing and ${fit.wrong.length} have another shape`
    : "it does not fit any known model"
  throw new TubeletError(
    `${path} cannot be converted: ${why}`,
    `see ${typed(`tubelet inspect ${shellWord(path)}`)}`,
  )
}
