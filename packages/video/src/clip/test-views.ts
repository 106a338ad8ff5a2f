import type { Transform } from "../augment/kinds.js"
import type { Sampling } from "../sampling/kinds.js"

/** One test view of a clip. */
export interface TestView {
  /** Which part of the video, from 0: `chunk` in the authors' result files. */
  readonly segment: number
  /** Which crop along the longer side, from 0: `split` in the authors' result files. */
  readonly crop: number
  readonly sampling: Sampling
  readonly transforms: readonly Transform[]
}

export interface TestViewsOptions {
  /** Clips of each video. */
  readonly segments: number
  /** Crops of each clip. */
  readonly crops: number
  /** Default: `strided-view`; Something-Something's is `segment-view`. */
  readonly sampling?: "strided-view" | "segment-view"
}

/**
 * The authors' test views, crops of a segment next to each other: the short side is resized to the
 * clip's size, and squares are cropped along the longer side. A single segment or crop is centred.
 */
export function testViews({
  segments,
  crops,
  sampling: name = "strided-view",
}: TestViewsOptions): TestView[] {
  const isCentre = name === "segment-view" && segments === 1
  return Array.from({ length: segments * crops }, (_, i) => {
    const [segment, crop] = [Math.floor(i / crops), i % crops]
    return {
      ...{ segment, crop },
      sampling: isCentre ? "segments" : { name, views: segments, view: segment },
      transforms: ["resize", { name: "side-crop", crops, crop }],
    }
  })
}
