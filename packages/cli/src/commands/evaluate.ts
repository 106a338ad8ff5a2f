import { rm } from "node:fs/promises"
import { join } from "node:path"
import { TubeletError } from "@tubelet/core"
import { writeText } from "@tubelet/core/files"
import { csvText } from "@tubelet/core/text"
import { type Metrics, metricsOf } from "@tubelet/train"
import type { ClipItem } from "@tubelet/video"
import { type TrainedClassifier, trainedClassifier } from "../classify/classifier.js"
import { classified } from "../classify/classify.js"
import { labelledItems, requireSameClips } from "../classify/items.js"
import { pictureFiles, writePictures } from "../classify/pictures.js"
import { PredictionLog, type PredictionRecord, recordOf } from "../classify/records.js"
import { classifyFlags } from "../flags/classify.js"
import { labelledDataFlags } from "../flags/data.js"
import { digestOf, keepSettings } from "../setup/kept-settings.js"
import { requireOwnFiles } from "../setup/overwrite.js"
import { defineCommand } from "../shell/command.js"
import { text, yes } from "../shell/flag.js"
import type { Output } from "../shell/output.js"

const { kind, split, root } = labelledDataFlags

const flags = {
  data: text("labelled data set, see tubelet data", "PATH"),
  split: { ...split, help: "split to score (val, or test, or all clips)" },
  ...{ kind, root },
  ...classifyFlags,
  out: text("folder for the results (out/evaluate)", "DIR"),
  resume: yes("continue the interrupted evaluation in --out"),
}

export const evaluateCommand = defineCommand({
  name: "evaluate",
  summary: "score a classifier on a labelled data set",
  flags,
  details:
    "Writes metrics.json, per-class.csv, predictions.jsonl, and images of the confusion\n" +
    "matrix and the most confident mistakes.",
  example: "tubelet evaluate --checkpoint runs/finetune --data actions --out out/evaluate",

  async run(_, values, { output }) {
    const classifier = await trainedClassifier(values, output)
    const { names, items } = await labelledItems(values, classifier, output)
    const { out = "out/evaluate", resume = false } = values
    await requireOwnFiles({ folder: out, names: results, record: settingsFile, field: "views" })
    if (!resume) await clear(out)
    const { views = "1x1", merge = "prob" } = values
    await keepSettings(join(out, settingsFile), settingsOf(classifier, { views, merge }), resume)
    const log = await PredictionLog.open(out, resume)
    try {
      requireSameClips(log.records, items, out)
      const start = log.records.length
      if (start > 0) output.log(`continuing after ${start} of ${items.length} clips`)
      for await (const one of classified(items, classifier, { ...values, start }, output)) {
        await log.append(recordOf(one))
      }
    } finally {
      await log.close()
    }
    const { workers } = values
    return report(log.records, { classifier, names, items, out, workers }, output)
  },
})

/** Not config.json: that of a run in the same folder must stay. */
const settingsFile = "evaluation.json"

const settingsOf = (
  { model, weights, sampling, stride }: TrainedClassifier,
  given: { readonly views: string; readonly merge: string },
) => ({ weights: digestOf(weights), model: model.config, sampling, stride, ...given })

const results = ["metrics.json", "per-class.csv", "predictions.jsonl", ...pictureFiles]

/** Removes the results of an earlier evaluation. */
async function clear(folder: string): Promise<void> {
  for (const name of results) await rm(join(folder, name), { force: true })
}

interface Scored {
  readonly classifier: TrainedClassifier
  readonly names: readonly string[]
  readonly items: readonly ClipItem[]
  readonly out: string
  readonly workers: number | undefined
}

async function report(
  records: readonly PredictionRecord[],
  scored: Scored,
  output: Output,
): Promise<number> {
  const { classifier, names, out } = scored
  const read = records.filter(({ error }) => error === undefined)
  if (read.length === 0) throw new TubeletError("no clip could be read", "check the data set")
  const clips = read.map(({ label, probabilities }) => ({
    ...{ label, scores: Float32Array.from(probabilities) },
  }))
  const { confusion, perClass, ...metrics } = metricsOf(clips, names.length)
  const named = perClass.map((one) => ({ ...one, name: names[one.label] }))
  const result = {
    ...{ ...metrics, views: classifier.views.length, perClass: named },
    skipped: records.length - read.length,
  }
  await writeText(join(out, "per-class.csv"), csvOf(named))
  await writeText(join(out, "metrics.json"), `${JSON.stringify(result, null, 2)}\n`)
  const pictures = await writePictures(out, { ...scored, records, confusion }, output.log)
  output.json({ ...result, out })
  for (const line of lines(metrics, result.skipped)) output.print(line)
  const written = ["metrics.json", "per-class.csv", "predictions.jsonl", ...pictures]
  output.print(`wrote ${written.join(", ")} to ${out}`)
  return 0
}

const percent = (fraction: number) => `${(100 * fraction).toFixed(2)}%`

const lines = (
  { clips, top1, top5, meanClass, macroF1 }: Omit<Metrics, "perClass" | "confusion">,
  skipped: number,
) => [
  `${clips} clips${skipped > 0 ? ` (${skipped} skipped)` : ""}`,
  `top-1 ${percent(top1)}, top-5 ${percent(top5)}`,
  `mean over classes ${percent(meanClass)}, macro F1 ${macroF1.toFixed(4)}`,
]

const csvOf = (rows: readonly { label: number; name: string; count: number; top1: number }[]) =>
  csvText([
    ["label", "name", "count", "top1"],
    ...rows.map(({ label, name, count, top1 }) => [label, name, count, count > 0 ? top1 : ""]),
  ])
