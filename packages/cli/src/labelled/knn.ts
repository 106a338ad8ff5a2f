import { TubeletError } from "@tubelet/core"
import { type Example, metricsOf, nearestNeighbours } from "@tubelet/train"
import { testClips } from "@tubelet/video"
import { backendFlags } from "../backends.js"
import { centralView, type SamplingName } from "../classify/views.js"
import {
  type FeaturesOf,
  type LoadedEncoder,
  loadedEncoder,
  withFeatures,
} from "../extract/encoder.js"
import { modelClipFlags } from "../flags/clip.js"
import { dataFlags, labelledDataFlags } from "../flags/data.js"
import type { LabelledValues } from "../flags/labelled.js"
import { modelChangeFlags } from "../flags/model.js"
import { kept, noData } from "../run/settings.js"
import { UsageError } from "../shell/errors.js"
import { flagName } from "../shell/flag-name.js"
import type { Output } from "../shell/output.js"
import { countLine } from "../shell/progress/count-line.js"
import { type LabelledClips, labelledClips, samplingOf } from "./clips.js"
import { percent } from "./scoreboard.js"

/** The flags that have an effect here; all others are about learning. */
const effective = new Set([
  ...["head", "init", "data", "valData", "allowDuplicates", "checkpointKey", "seed"],
  ...["stride", "sampling"],
  ...Object.keys({ ...labelledDataFlags, ...modelClipFlags, ...modelChangeFlags }),
  ...Object.keys({ ...dataFlags, ...backendFlags }),
])

/** The kNN accuracy of an encoder's features: each clip is classified by training clips. */
export async function probeNeighbours(values: LabelledValues, output: Output): Promise<number> {
  const { init, data } = values
  requireEffective(values)
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
  const { train, evaluation } = clips
  const sampled = { ...values, sampling: samplingOf(clips, values) }
  const [known, asked] = await examplesOf([train, evaluation], encoder, sampled, output)
  const classes = clips.classes.length
  const classify = nearestNeighbours(known, classes)
  const scored = asked.map(({ features, label }) => ({ label, scores: classify(features) }))
  const { top1, top5 } = metricsOf(scored, classes)
  const seconds = (performance.now() - began) / 1000
  const skipped = evaluation.items.length - asked.length
  // The results of other heads; nothing was trained or saved.
  output.json({
    ...{ out: null, checkpoint: null, best: null, top1, top5, steps: 0, seconds },
    ...{ clips: asked.length, examples: known.length, skipped },
  })
  output.print(
    `top-1 ${percent(top1)}, top-5 ${percent(top5)}: ${scored.length} clips by their nearest ` +
      `neighbours among ${known.length}`,
  )
  return 0
}

function requireEffective(values: object): void {
  const idle = Object.keys(values).filter((name) => !effective.has(name))
  if (idle.length === 0) return
  throw new UsageError(
    `--head knn trains nothing, so ${idle.map(flagName).join(", ")} would have no effect`,
    "omit it, or train a head: --head linear",
  )
}

const noneRead = (path: string) =>
  new TubeletError(
    `${path}: no clip could be read`,
    "see the notes above; `tubelet data` checks a data set",
  )

/** The features of the central clips of several splits; clips that cannot be read are named. */
async function examplesOf(
  splits: readonly LabelledClips["train"][],
  encoder: LoadedEncoder,
  values: LabelledValues & { readonly sampling: SamplingName },
  output: Output,
): Promise<Example[][]> {
  const { system, frames, imageSize: size } = encoder.model.config
  const { stride = system === "mae" ? 1 : 4, sampling } = values
  const views = [centralView({ system, size, sampling })]
  const decoders = kept(values, ["workers"])
  const line = countLine(output, "clips/s")
  const total = splits.reduce((sum, { items }) => sum + items.length, 0)
  let done = 0
  const read = async (featuresOf: FeaturesOf<"u8">) => {
    const found: Example[][] = []
    for (const { path, items } of splits) {
      const examples: Example[] = []
      for await (const clip of testClips({ items, views, frames, stride, size, ...decoders })) {
        if (clip.reason !== undefined) line.note(`skipped ${clip.item.path}: ${clip.reason}`)
        else {
          const [features] = await featuresOf(clip.clips)
          examples.push({ features, label: clip.item.label! })
        }
        line.update(++done, total)
      }
      if (examples.length === 0) throw noneRead(path)
      found.push(examples)
    }
    return found
  }
  return withFeatures(encoder, "u8", { choice: values, output }, read).finally(line.end)
}
