import { disposeAll, upload } from "@tubelet/core"
import { compileFeatures, type Example, metricsOf, nearestNeighbours } from "@tubelet/train"
import { testClips } from "@tubelet/video"
import { openBackend } from "../backends.js"
import { centralView } from "../classify/views.js"
import { type LoadedEncoder, loadedEncoder } from "../extract/encoder.js"
import type { LabelledValues } from "../flags/labelled.js"
import { noData } from "../run/settings.js"
import { UsageError } from "../shell/errors.js"
import type { Output } from "../shell/output.js"
import { countLine } from "../shell/progress/count-line.js"
import { type LabelledClips, labelledClips } from "./clips.js"

/** Scores an encoder's features by the nearest neighbours among the clips to learn from. */
export async function probeNeighbours(values: LabelledValues, output: Output): Promise<number> {
  const { init, data } = values
  if (init === undefined) throw new UsageError("--init is missing", "pass a checkpoint")
  if (data === undefined) throw noData(values, "")
  const { checkpointKey, system, heads, frames, size } = values
  const told = { checkpointKey, system, heads, frames, size }
  const encoder = await loadedEncoder(init, told, output)
  const clips = await labelledClips(data, encoder.model.config.system, values, output)
  if (!clips.evaluation) {
    throw new UsageError("there are no clips to score", "pass some with --val-data")
  }
  const began = performance.now()
  const [known, asked] = await examplesOf([clips.train, clips.evaluation], encoder, values, output)
  const classes = clips.classes.length
  const classify = nearestNeighbours(known, classes)
  const scored = asked.map(({ features, label }) => ({ label, scores: classify(features) }))
  const { top1, top5 } = metricsOf(scored, classes)
  const seconds = (performance.now() - began) / 1000
  output.json({ clips: scored.length, examples: known.length, top1, top5, seconds })
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`
  output.print(
    `top-1 ${percent(top1)}, top-5 ${percent(top5)}: ${scored.length} clips by their nearest ` +
      `neighbours among ${known.length}`,
  )
  return 0
}

/** The features of the central clips of several splits; clips that cannot be read are named. */
async function examplesOf(
  splits: readonly LabelledClips["train"][],
  { model, weights }: LoadedEncoder,
  values: LabelledValues,
  output: Output,
): Promise<Example[][]> {
  const { system, frames, imageSize: size } = model.config
  const { stride = system === "mae" ? 1 : 4, sampling = "dense", workers } = values
  const views = [centralView({ system, size, sampling })]
  const decoders = workers === undefined ? {} : { workers }
  const backend = await openBackend(values, output.log)
  const encoder = await compileFeatures(backend, model, "u8")
  const params = upload(backend, model.specs, weights)
  const line = countLine(output, "clips/s")
  const total = splits.reduce((sum, { items }) => sum + items.length, 0)
  let done = 0
  try {
    const found: Example[][] = []
    for (const { items } of splits) {
      const examples: Example[] = []
      for await (const clip of testClips({ items, views, frames, stride, size, ...decoders })) {
        if (clip.reason !== undefined) line.note(`skipped ${clip.item.path}: ${clip.reason}`)
        else {
          const [features] = await encoder.features(params, clip.clips)
          examples.push({ features, label: clip.item.label! })
        }
        line.update(++done, total)
      }
      found.push(examples)
    }
    return found
  } finally {
    line.end()
    disposeAll(params)
    await encoder.dispose()
    await backend.dispose()
  }
}
