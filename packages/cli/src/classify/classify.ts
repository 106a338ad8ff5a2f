import { type Prediction, predict } from "@tubelet/train"
import { type ClipItem, testClips } from "@tubelet/video"
import { openBackend } from "../backends.js"
import type { ClassifyValues } from "../flags/classify.js"
import type { Output } from "../shell/output.js"
import { countLine } from "../shell/progress/count-line.js"
import type { TrainedClassifier } from "./classifier.js"

/** Classifies clips in order, with a progress line; names those that cannot be read. */
export async function* classified(
  items: readonly ClipItem[],
  { model, weights, views, stride }: TrainedClassifier,
  { start = 0, ...values }: ClassifyValues & { readonly start?: number },
  output: Output,
): AsyncGenerator<Prediction, void, void> {
  const { frames, imageSize: size } = model.config
  const { workers, merge } = values
  const backend = await openBackend(values, output.log)
  const clips = testClips({
    ...{ items, views, frames, size, stride, start },
    ...(workers !== undefined && { workers }),
  })
  const line = countLine(output, "clips/s")
  try {
    const predictions = predict({
      ...{ backend, model, weights, clips },
      ...(merge && { merge }),
    })
    for await (const prediction of predictions) {
      const { index, item, reason } = prediction.clip
      if (reason !== undefined) {
        line.note(`skipped ${reason.includes(item.path) ? reason : `${item.path}: ${reason}`}`)
      }
      yield prediction
      line.update(index + 1, items.length)
    }
  } finally {
    line.end()
    await backend.dispose()
  }
}
