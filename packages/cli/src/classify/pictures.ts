import { rm } from "node:fs/promises"
import { join } from "node:path"
import { highest, type Metrics } from "@tubelet/train"
import { type ClipItem, frameOf, hasFont, rasterise, testClips, writePng } from "@tubelet/video"
import { drawConfusion } from "../drawing/confusion.js"
import { drawMistakes, type Mistake } from "../drawing/mistakes.js"
import type { TrainedClassifier } from "./classifier.js"
import type { PredictionRecord } from "./records.js"
import { centralView } from "./views.js"

/** Mistakes on the contact sheet. */
const most = 16

export const pictureFiles = ["confusion.png", "mistakes.png"]

interface Evaluated {
  readonly items: readonly ClipItem[]
  /** One per item. */
  readonly records: readonly PredictionRecord[]
  readonly names: readonly string[]
  readonly confusion: Metrics["confusion"]
  readonly classifier: TrainedClassifier
  readonly workers: number | undefined
}

/** Draws the confusion matrix and the most confident mistakes. Returns the names of the files. */
export async function writePictures(
  folder: string,
  evaluated: Evaluated,
  log: (line: string) => void,
): Promise<string[]> {
  const { names, confusion } = evaluated
  const [matrix, sheet] = pictureFiles
  if (!(await hasFont())) {
    log("the pictures lack their texts: no font was found; install one, such as fonts-dejavu-core")
  }
  await writePng(join(folder, matrix), await rasterise(drawConfusion({ counts: confusion, names })))
  const mistakes = await surestMistakes(evaluated)
  await rm(join(folder, sheet), { force: true })
  if (mistakes.length === 0) return [matrix]
  const title = mistakes.length === 1 ? "the mistake" : `the ${mistakes.length} surest mistakes`
  await writePng(join(folder, sheet), await rasterise(await drawMistakes(mistakes, title)))
  return [matrix, sheet]
}

/** The mistakes with the highest probability, each with the middle frame of its clip. */
async function surestMistakes(evaluated: Evaluated): Promise<Mistake[]> {
  const { items, records, names, classifier, workers } = evaluated
  const wrong = records
    .map(({ label, probabilities }, index) => {
      const predicted = highest(Float32Array.from(probabilities), 1)[0]
      return { index, label, predicted, probability: probabilities[predicted] }
    })
    .filter(({ label, predicted }) => predicted !== undefined && predicted !== label)
    .sort((a, b) => b.probability - a.probability)
    .slice(0, most)
  const { model, stride, sampling } = classifier
  const { frames, imageSize: size, system } = model.config
  const clips = testClips({
    items: wrong.map(({ index }) => items[index]),
    views: [centralView({ system, size, sampling })],
    ...{ frames, stride, size },
    ...(workers !== undefined && { workers }),
  })
  const mistakes: Mistake[] = []
  for await (const { index, item, clips: clip, reason } of clips) {
    if (reason !== undefined) continue // It was removed meanwhile.
    const { label, predicted, probability } = wrong[index]
    mistakes.push({
      frame: frameOf(clip, { width: size, height: size }, frames >> 1),
      ...{ source: item.path, label: names[label], predicted: names[predicted], probability },
    })
  }
  return mistakes
}
