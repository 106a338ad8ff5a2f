import type { PretrainConfig } from "@tubelet/models"
import type { FeatureProbe, StepResult } from "@tubelet/train"
import { dataset, testClips } from "@tubelet/video"
import { centralView } from "../classify/views.js"
import type { PretrainValues } from "../flags/pretrain.js"
import { percent } from "../labelled/scoreboard.js"
import { kept } from "../run/settings.js"
import { asked } from "../setup/data-set.js"
import { UsageError } from "../shell/errors.js"
import type { Output } from "../shell/output.js"

interface Probed {
  readonly config: PretrainConfig
  readonly stride: number
  readonly saveEvery: number
}

/** The clips of --probe, each by its central view, and how often their features are scored. */
export async function featureProbe(
  values: PretrainValues,
  { config, stride, saveEvery }: Probed,
  output: Output,
): Promise<FeatureProbe | undefined> {
  const { probe: path, probeEvery = saveEvery } = values
  if (path === undefined) {
    if (values.probeEvery === undefined) return undefined
    throw new UsageError("--probe is missing", "pass the clips to score: --probe actions")
  }
  const { system, imageSize: size, frames } = config
  const pictures = system === "mae" ? "samples" : "frames"
  const { items } = await dataset(path, { pictures, ...asked(values, output) })
  const views = [centralView({ system, size, sampling: "dense" })]
  const clip = { views, frames, size, stride: system === "mae" ? 1 : stride }
  const decoders = kept(values, ["workers"])
  return { every: probeEvery, clips: () => testClips({ items, ...clip, ...decoders }) }
}

/** Prints the scores as they arrive. */
export async function* announced(steps: AsyncIterable<StepResult>, notice: (line: string) => void) {
  for await (const result of steps) {
    if (result.scores) notice(`step ${result.step}: ${shown(result.scores)}`)
    yield result
  }
}

function shown({ knn, effectiveRank, skipped }: Readonly<Record<string, number>>): string {
  const accuracy = knn === undefined ? "" : `kNN top-1 ${percent(knn)}, `
  const without = skipped > 0 ? ` (${skipped} not readable)` : ""
  return `${accuracy}effective rank of the features ${effectiveRank.toFixed(1)}${without}`
}
