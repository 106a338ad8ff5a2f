import type { System } from "@tubelet/models"
import { imageCentre, publishedTransforms, type TestView, testViews } from "@tubelet/video"
import { isCount } from "../flags/model-choice.js"
import { UsageError } from "../shell/errors.js"

/** The frames of a video: drawn to train on, fixed to score. */
export const samplings = {
  dense: { train: "dense", score: "centred-dense" },
  segments: { train: "random-segments", score: "segments" },
  hybrid: { train: "hybrid", score: "centred-hybrid" },
} as const

export type SamplingName = keyof typeof samplings

interface Viewed {
  readonly system: System
  /** Width and height in pixels. */
  readonly size: number
  readonly sampling: SamplingName
}

/** The central view of a clip, which is scored during training. */
export const centralView = ({ system, size, sampling }: Viewed): TestView => ({
  ...{ segment: 0, crop: 0, sampling: samplings[sampling].score },
  transforms: system === "mae" ? imageCentre(size) : publishedTransforms.centre,
})

/** The views of `--views`, such as 5x3. */
export function viewsOf(asked: string, viewed: Viewed): TestView[] {
  if (asked === "1x1") return [centralView(viewed)]
  if (viewed.system === "mae") {
    throw new UsageError(`--views ${asked}: MAE takes single images`, "omit it")
  }
  const [, segments, crops] = /^(\d+)x(\d+)$/.exec(asked) ?? []
  if (!isCount(Number(segments)) || !isCount(Number(crops))) {
    throw new UsageError(`--views must be SEGMENTSxCROPS, got "${asked}"`, "such as --views 5x3")
  }
  const sampling = viewed.sampling === "segments" ? "segment-view" : "strided-view"
  return testViews({ segments: Number(segments), crops: Number(crops), sampling })
}
