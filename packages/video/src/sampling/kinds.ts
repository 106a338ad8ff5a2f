import { TubeletError } from "@tubelet/core"
import type { Random } from "@tubelet/core/random"
import type { ClipItem } from "../item.js"
import { centredDenseFrameIds, randomDenseFrameIds } from "./dense.js"
import { randomClipFrameIds } from "./pretraining.js"
import { middleSegmentFrameIds, randomSegmentFrameIds, segmentViewFrameIds } from "./segments.js"
import { stridedViewFrameIds } from "./views.js"

/** What a sampling chooses from, and how many frames. */
export interface Sampled {
  /** Frames of the video. */
  readonly videoFrames: number
  /** Frames of the clip. */
  readonly frames: number
  readonly stride: number
  /** Which test clip, for `segment-view` and `strided-view`. */
  readonly views: number
  readonly view: number
  readonly item: Pick<ClipItem, "frames">
  readonly random: Random
}

/** The samplings by name. */
const samplers = {
  pretraining: ({ videoFrames, frames, stride, random }: Sampled) =>
    randomClipFrameIds(videoFrames, frames, stride, random),
  dense: ({ videoFrames, frames, stride, random }: Sampled) =>
    randomDenseFrameIds(videoFrames, frames, stride, random),
  "centred-dense": ({ videoFrames, frames, stride }: Sampled) =>
    centredDenseFrameIds(videoFrames, frames, stride),
  segments: ({ videoFrames, frames }: Sampled) => middleSegmentFrameIds(videoFrames, frames),
  "random-segments": ({ videoFrames, frames, random }: Sampled) =>
    randomSegmentFrameIds(videoFrames, frames, random),
  hybrid: (from: Sampled): Int32Array =>
    samplers[from.item.frames ? "random-segments" : "dense"](from),
  "centred-hybrid": (from: Sampled): Int32Array =>
    samplers[from.item.frames ? "segments" : "centred-dense"](from),
  "segment-view": ({ videoFrames, frames, views, view }: Sampled) =>
    segmentViewFrameIds(videoFrames, frames, views, view),
  "strided-view": ({ videoFrames, frames, stride, views, view }: Sampled) =>
    stridedViewFrameIds(videoFrames, frames, stride, views, view),
}

type ViewName = "segment-view" | "strided-view"

/**
 * Which frames of a video make a clip, as plain data:
 * - `pretraining`: every `stride`-th frame from a random start;
 * - `dense`, `centred-dense`: fine-tuning's evenly spread frames of a random or the central part;
 * - `random-segments`, `segments`: a random or the middle frame of each of `frames` equal segments;
 * - `hybrid`: `random-segments` for folders of frames whose list has a column with their number,
 *   `dense` for videos, as VideoMAE V2 does with such lists; `centred-hybrid` likewise chooses
 *   `segments` or `centred-dense`;
 * - `segment-view`, `strided-view`: test clip `view` of `views`, from interleaved segments or from
 *   every `stride`-th frame of the whole video.
 */
export type Sampling =
  | Exclude<keyof typeof samplers, ViewName>
  | { readonly name: ViewName; readonly views: number; readonly view: number }

/** The frame ids that a sampling chooses; only random samplings use `random`. */
export function sampledFrameIds(
  sampling: Sampling,
  from: Omit<Sampled, "views" | "view">,
): Int32Array {
  const { name, views, view } =
    typeof sampling === "string" ? { name: sampling, views: 1, view: 0 } : sampling
  return samplers[name]({ ...from, views, view })
}

/** @throws TubeletError for an unknown sampling, or a view that is not one of `views`. */
export function requireSampling(sampling: Sampling): void {
  const name = typeof sampling === "string" ? sampling : sampling.name
  if (!Object.hasOwn(samplers, name)) {
    const known = Object.keys(samplers).join(", ")
    throw new TubeletError(`unknown sampling: ${name}`, `choose from ${known}`)
  }
  if (!name.endsWith("-view")) return
  const { views = 0, view = -1 } = typeof sampling === "string" ? {} : sampling
  if (Number.isInteger(views) && Number.isInteger(view) && view >= 0 && view < views) return
  throw new TubeletError(
    `the sampling "${name}" has view ${view} of ${views}`,
    `write it as { name: "${name}", views: 2, view: 0 }, with views counted from 0`,
  )
}
