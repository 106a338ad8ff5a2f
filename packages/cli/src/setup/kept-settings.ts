import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { dirname } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { readJsonObject } from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import { writeText } from "@tubelet/core/files"

/** SHA-256 of weights in the order of their names. */
export function digestOf(weights: Readonly<Record<string, Float32Array>>): string {
  const hash = createHash("sha256")
  for (const name of Object.keys(weights).sort()) hash.update(weights[name])
  return hash.digest("hex")
}

/** Words for a change of what is too long to show. */
const long: Readonly<Record<string, string>> = { weights: "other weights", model: "another model" }

/** Writes what a command's results depend on; throws if it `resumes` with other settings. */
export async function keepSettings(
  file: string,
  settings: Readonly<Record<string, unknown>>,
  resumes: boolean,
  advice = "pass the same settings, or start again without --resume",
): Promise<void> {
  const before = resumes && existsSync(file) ? await readJsonObject(file) : {}
  const changed = Object.entries(settings).filter(
    ([name, value]) => name in before && !isDeepStrictEqual(before[name], value),
  )
  if (changed.length > 0) {
    const words = changed.map(
      ([name, value]) => long[name] ?? `${name} ${before[name]}, not ${value}`,
    )
    throw new TubeletError(
      `the results in ${dirname(file)} are those of ${words.join("; ")}`,
      advice,
    )
  }
  await mkdir(dirname(file), { recursive: true })
  await writeText(file, `${JSON.stringify(settings, null, 2)}\n`)
}
