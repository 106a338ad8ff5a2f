import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { readJsonObject } from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import { writeText } from "@tubelet/core/files"
import type { ClassifierConfig } from "@tubelet/models"
import type { TrainedClassifier } from "./classifier.js"

/** Not config.json: that of a run in the same folder must stay. */
export const settingsFile = "evaluation.json"

/** What predictions depend on. */
export interface EvaluationSettings {
  /** SHA-256 of the weights in the order of their names. */
  readonly weights: string
  readonly model: ClassifierConfig
  readonly sampling: string
  readonly views: string
  readonly merge: string
  readonly stride: number
}

export const settingsOf = (
  { model, weights, sampling, stride }: TrainedClassifier,
  views: string,
  merge: string,
): EvaluationSettings => ({
  ...{ weights: digestOf(weights), model: model.config, sampling, views, merge, stride },
})

function digestOf(weights: TrainedClassifier["weights"]): string {
  const hash = createHash("sha256")
  for (const name of Object.keys(weights).sort()) hash.update(weights[name])
  return hash.digest("hex")
}

/** Words for a change of what is too long to show. */
const long: Readonly<Record<string, string>> = { weights: "other weights", model: "another model" }

/** Writes an evaluation's settings into its folder; throws if it `resumes` one with others. */
export async function keepSettings(
  folder: string,
  settings: EvaluationSettings,
  resumes: boolean,
): Promise<void> {
  const file = join(folder, settingsFile)
  const before = resumes && existsSync(file) ? await readJsonObject(file) : {}
  const changed = Object.entries(settings).filter(
    ([name, value]) => name in before && !isDeepStrictEqual(before[name], value),
  )
  if (changed.length > 0) {
    const words = changed.map(
      ([name, value]) => long[name] ?? `${name} ${before[name]}, not ${value}`,
    )
    throw new TubeletError(
      `the evaluation in ${folder} was started with ${words.join("; ")}`,
      "pass the same settings, or start again without --resume",
    )
  }
  await mkdir(folder, { recursive: true })
  await writeText(file, `${JSON.stringify(settings, null, 2)}\n`)
}
