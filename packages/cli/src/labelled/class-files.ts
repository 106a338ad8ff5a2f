import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { readJsonObject } from "@tubelet/checkpoint"
import { TubeletError } from "@tubelet/core"
import {
  type ClipData,
  changeOfClips,
  labelsFile,
  labelsText,
  marksOf,
  type StepResult,
} from "@tubelet/train"
import { type Dataset, writeList } from "@tubelet/video"
import { lastCheckpoint } from "../run/ending.js"

interface Classes extends Pick<Dataset, "classes" | "items"> {
  readonly out: string
  readonly values: { readonly valFraction?: number }
  /** The training clips. */
  readonly data: ClipData<"f32">
}

/** Writes which clips are held out into the run's folder, once there is one. */
export async function* withSplit(steps: AsyncIterable<StepResult>, plan: Classes) {
  const { out, classes, items, values } = plan
  let written = !values.valFraction
  for await (const step of steps) {
    if (!written) await writeList(out, { items, classes })
    written = true
    yield step
  }
}

/**
 * Throws unless a resumed run finds the classes and the split that it began with: a new name would
 * shift labels, and a new clip would move others between the splits. The data set may have moved.
 */
export async function requireSameClasses({ out, classes, values, data }: Classes): Promise<void> {
  const labels = join(out, labelsFile)
  if (existsSync(labels) && (await readFile(labels, "utf8")) !== labelsText(classes)) {
    throw new TubeletError(
      `the classes differ from those in ${labels}`,
      "restore the data set, or start a new run in another folder with --out",
    )
  }
  const change = values.valFraction ? await changeSince(out, data) : undefined
  if (change === undefined) return
  throw new TubeletError(
    `the training clips have changed (${change}), so a different set would be held out`,
    "restore the data set, or start a new run in another folder with --out",
  )
}

/** How the training clips differ from those of the run's last checkpoint. */
async function changeSince(out: string, { names }: ClipData<"f32">): Promise<string | undefined> {
  const checkpoint = await lastCheckpoint(out)
  if (checkpoint === undefined || !names) return undefined
  const { clipNames } = await readJsonObject(join(checkpoint, "state.json"))
  return typeof clipNames === "string" ? changeOfClips(clipNames, marksOf(names)) : undefined
}
