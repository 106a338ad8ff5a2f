import type { Backend, DeviceArray } from "@tubelet/core"
import type { ClassifierModel } from "@tubelet/models"
import type { ClipBatch, ClipData } from "../data/clips.js"
import { required } from "../data/labelled.js"
import { compileClassifier } from "./classify.js"
import { rankOf } from "./metrics.js"

type Handles = Readonly<Record<string, DeviceArray>>

/** How well a classifier does on labelled clips. */
export interface Scores {
  /** The fraction of clips whose label has the highest logit. */
  readonly top1: number
  /** The fraction of clips whose label is among the five highest. */
  readonly top5: number
}

interface Scored {
  readonly backend: Backend
  readonly model: ClassifierModel
  readonly weights: Handles
  readonly data: ClipData<"f32">
  readonly batch: number
}

/** Scores a classifier on every clip of `data`, once. */
export async function score({ backend, model, weights, data, batch }: Scored): Promise<Scores> {
  const { classes } = model.config
  const classifier = await compileClassifier(backend, model, { batch, pixels: "f32" })
  const ranks: number[] = []
  try {
    for await (const { clips, labels } of epoch(data, batch)) {
      const logits = await classifier.logits(weights, clips)
      required(labels).forEach((label, i) => {
        ranks.push(rankOf(label, logits.subarray(i * classes, (i + 1) * classes)))
      })
    }
  } finally {
    await classifier.dispose()
  }
  const within = (k: number) => ranks.filter((rank) => rank < k).length / ranks.length
  return { top1: within(1), top5: within(5) }
}

/** The batches of the first epoch. */
async function* epoch(data: ClipData<"f32">, batch: number): AsyncGenerator<ClipBatch<"f32">> {
  const stream = data.batches({ batch, start: 0 })
  try {
    for (let position = 0; position < data.length; ) {
      const { value } = await stream.next()
      yield value
      position = value.next
    }
  } finally {
    await stream.return?.()
  }
}
