import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { readJsonObject } from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import { labelsFile } from "@tubelet/train"
import { readClassNames } from "@tubelet/video"
import { fieldsOf } from "../flags/model-choice.js"
import { chosen, type Mapped } from "../setup/head-map.js"

interface Classes {
  /** The number of the model's classes. */
  readonly classes: number
  /** A file of names to read instead of the run's, one per line. */
  readonly labels?: string | undefined
}

/**
 * The class names in a file, or those in the labels.json of the run that a checkpoint belongs to
 * which its head map keeps.
 */
export async function classNames(
  { path: checkpoint, headRows }: Mapped,
  { classes, labels }: Classes,
): Promise<readonly string[] | undefined> {
  const folders = [dirname(checkpoint), dirname(dirname(checkpoint))]
  const file = labels ?? folders.map((at) => join(at, labelsFile)).find((path) => existsSync(path))
  if (file === undefined) return undefined
  const kept = (names: readonly string[]) => (headRows ? chosen(names, headRows) : names)
  const names = labels === undefined ? kept(await readLabels(file)) : await readClassNames(file)
  if (names.length === classes) return names
  throw new TubeletError(
    `${file} has ${names.length} class names, but the model has ${classes} classes`,
    labels === undefined
      ? "restore the file"
      : "pass those that it was trained with: --labels FILE",
  )
}

/** The names in Hugging Face's config.json, if it has any. */
export const theirNames = ({ described }: Mapped) =>
  described?.labels.length ? described.labels : undefined

async function readLabels(path: string): Promise<string[]> {
  const { id2label } = await readJsonObject(path)
  return Object.values(fieldsOf(id2label)).map(String)
}
