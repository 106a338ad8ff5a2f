import { type Backend, compile, type DeviceArray, type Spec, type Tensor } from "@tubelet/core"
import type { ClassifierModel } from "@tubelet/models"
import type { ClipBatch, ClipData } from "../data/clips.js"
import { required } from "../data/labelled.js"
import { padded } from "../data/padded.js"

type Handles = Readonly<Record<string, DeviceArray>>

/** A compiled classifier, which can be reused as the weights on the device change. */
export interface Classifier {
  /** Logits, [clips, classes], of at most `batch` normalised clips. */
  logits(weights: Handles, clips: Float32Array): Promise<Float32Array>
  dispose(): Promise<void>
}

/** Compiles the forward pass for `batch` clips, without drops. */
export async function compileClassifier(
  backend: Backend,
  model: ClassifierModel,
  batch: number,
): Promise<Classifier> {
  const { frames, imageSize, classes } = model.config
  const length = frames * imageSize * imageSize * 3
  const inputs = model.inputSpecs(batch, "f32", false)
  const compiled = await compile(
    backend,
    ({ params, clips }: { params: Readonly<Record<string, Tensor>>; clips: Tensor }) => ({
      logits: model.logits(params, { clips }),
    }),
    {
      specs: { params: model.specs as Record<string, Spec>, clips: inputs.clips },
      name: "classify",
    },
  )
  return {
    async logits(params, clips) {
      const { logits } = compiled.run({ params, clips: padded(clips, batch * length) })
      try {
        const all = (await logits.data()) as Float32Array
        return all.subarray(0, (clips.length / length) * classes)
      } finally {
        logits.dispose()
      }
    },
    dispose: () => compiled.dispose(),
  }
}

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
  const classifier = await compileClassifier(backend, model, batch)
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

/** The place of a label among the logits, from 0. Equal logits count against it. */
const rankOf = (label: number, logits: Float32Array): number =>
  logits.filter((logit, i) => i !== label && !(logit < logits[label])).length
