import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { TubeletError } from "@tubelet/core"
import { writeText } from "@tubelet/core/files"
import type { StepResult } from "@tubelet/train"
import type { Dataset } from "@tubelet/video"
import { labelsFile, labelsText } from "../classify/labels-file.js"
import { splitCsv, writeSplit } from "../data/split-file.js"

interface Classes extends Pick<Dataset, "classes" | "items"> {
  readonly out: string
  readonly values: { readonly valFraction?: number }
}

/** Writes class names and held-out clips into the run's folder, once there is one. */
export async function* withClasses(steps: AsyncIterable<StepResult>, plan: Classes) {
  const { out, classes, items, values } = plan
  let written = false
  for await (const step of steps) {
    if (!written) await writeText(join(out, labelsFile), labelsText(classes))
    if (!written && values.valFraction) await writeSplit(out, { items, classes })
    written = true
    yield step
  }
}

/**
 * Throws unless a resumed run finds the classes and the held-out clips that it began with: a new
 * name would shift labels, and a new clip would move others between the splits.
 */
export async function requireSameClasses({ out, classes, items, values }: Classes): Promise<void> {
  const [labels, split] = [labelsFile, "split.csv"].map((name) => join(out, name))
  if (existsSync(labels) && (await readFile(labels, "utf8")) !== labelsText(classes)) {
    throw new TubeletError(
      `the classes are not those in ${labels}`,
      "restore the data set, or start a new run in another folder with --out",
    )
  }
  if (!values.valFraction || !existsSync(split)) return
  if ((await readFile(split, "utf8")) === splitCsv({ items, classes })) return
  throw new TubeletError(
    `the clips are not those in ${split}, so other clips would be held out`,
    "restore the data set, or start a new run in another folder with --out",
  )
}
