import { existsSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { readJsonObject } from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import { writeText } from "@tubelet/core/files"

/** Not config.json: that of a run in the same folder must stay. */
export const settingsFile = "evaluation.json"

/** What predictions depend on. */
export interface EvaluationSettings {
  /** The file of the weights. */
  readonly checkpoint: string
  readonly views: string
  readonly merge: string
  readonly stride: number
}

/** Writes an evaluation's settings into its folder; throws if it `resumes` one with others. */
export async function keepSettings(
  folder: string,
  settings: EvaluationSettings,
  resumes: boolean,
): Promise<void> {
  const file = join(folder, settingsFile)
  const before = resumes && existsSync(file) ? await readJsonObject(file) : {}
  const changed = Object.entries(settings).filter(
    ([name, value]) => name in before && before[name] !== value,
  )
  if (changed.length > 0) {
    const words = changed.map(([name, value]) => `${name} ${before[name]}, not ${value}`)
    throw new TubeletError(
      `the evaluation in ${folder} was started with ${words.join("; ")}`,
      "pass the same settings, or start again without --resume",
    )
  }
  await mkdir(folder, { recursive: true })
  await writeText(file, `${JSON.stringify(settings, null, 2)}\n`)
}
