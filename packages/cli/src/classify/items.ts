import { resolve } from "node:path"
import { TubeletError } from "@tubelet/core"
import { type ClipItem, type Dataset, dataset } from "@tubelet/video"
import { kindOf } from "../data/kind.js"
import { asked } from "../setup/data-set.js"
import { UsageError } from "../shell/errors.js"
import type { Output } from "../shell/output.js"
import { isPartition, type TrainedClassifier } from "./classifier.js"
import type { PredictionRecord } from "./records.js"

interface Chosen {
  readonly data?: string
  readonly kind?: string
  readonly root?: string
  readonly split?: string
}

export interface LabelledItems {
  /** Class names in the order of the labels. */
  readonly names: readonly string[]
  readonly items: readonly ClipItem[]
}

/**
 * The clips of a data set to score: of a split, or all if there are no splits. Of the data set that
 * the run learned from, what the run held out is the split val.
 */
export async function labelledItems(
  { data, root, split, kind }: Chosen,
  { names, model, partition, heldOut }: TrainedClassifier,
  output: Output,
): Promise<LabelledItems> {
  if (data === undefined) throw new UsageError("--data is missing", "pass a labelled data set")
  const numbered = isPartition(split) ? split : partition
  const { data: trainedOn, ...held } = heldOut ?? {}
  const isTrainedOn = trainedOn !== undefined && resolve(trainedOn) === resolve(data)
  const found = await dataset(data, {
    ...(isTrainedOn && held),
    kind: await kindOf(kind),
    ...(numbered !== undefined && { split: numbered }),
    ...{ root, classes: names },
    pictures: model.config.system === "mae" ? "samples" : "frames",
    ...asked({ allowMissing: true }, output),
  })
  requireClasses(found, model.config.classes, data)
  const items = inSplit(found, isPartition(split) ? undefined : split, data)
  const bare = items.find(({ label }) => label === undefined)
  if (bare) {
    throw new TubeletError(
      `${data}: ${bare.path} has no label`,
      "score a split with labels: --split NAME",
    )
  }
  if (found.splits.length === 0) output.log(`scoring all clips of ${data}: it has no splits`)
  return { names: found.classes, items }
}

function requireClasses({ classes }: Dataset, expected: number, data: string): void {
  if (classes.length === expected) return
  throw new TubeletError(
    `${data} has ${classes.length} classes, but the model has ${expected}`,
    "pass the data set it was trained on, or its class names: --labels FILE",
  )
}

/** The clips of a split: val, or test, if none is named. */
function inSplit({ items, splits }: Dataset, asked: string | undefined, data: string): ClipItem[] {
  if (asked === undefined && splits.length === 0) return [...items]
  const chosen = asked ?? ["val", "test"].find((one) => splits.includes(one))
  const found = items.filter(({ split }) => split === chosen)
  if (chosen !== undefined && found.length > 0) return found
  throw new UsageError(
    `${data} has no split named ${chosen ?? "val or test"}`,
    splits.length === 0 ? "it has no splits" : `choose one of ${splits.join(", ")}: --split NAME`,
  )
}

/** Throws unless an interrupted evaluation scored these clips. */
export function requireSameClips(
  records: readonly PredictionRecord[],
  items: readonly ClipItem[],
  out: string,
): void {
  if (records.every(({ path, label }, i) => path === items[i]?.path && label === items[i]?.label))
    return
  throw new TubeletError(
    `the predictions in ${out} are for other clips`,
    "pass the same data set and split, or start again without --resume",
  )
}
