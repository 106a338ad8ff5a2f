import type { Random } from "@tubelet/core/random"
import type { Transform } from "../augment/kinds.js"
import { transformersOf } from "../augment/resolve.js"
import { requireFit } from "../cache/fit.js"
import { requireValid } from "../decode/require-valid.js"
import type { Size } from "../geometry.js"
import { type ClipItem, isCached } from "../item.js"
import type { FrameRows } from "../resize/frame-rows.js"
import { type Sampling, sampledFrameIds } from "../sampling/kinds.js"
import { withSource } from "./open-item.js"
import type { PixelType } from "./pixel-type.js"
import type { ClipRecipe } from "./recipe.js"
import { drawView, viewBytes } from "./views.js"

/** One of the views that a clip is tested on. */
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
  sampling = "strided-view",
}: TestViewsOptions): TestView[] {
  return Array.from({ length: segments * crops }, (_, i) => {
    const [segment, crop] = [Math.floor(i / crops), i % crops]
    return {
      ...{ segment, crop },
      sampling: { name: sampling, views: segments, view: segment },
      transforms: ["resize", { name: "side-crop", crops, crop }],
    }
  })
}

/** Settings that all views share. */
export type ViewsRecipe = Pick<ClipRecipe<PixelType>, "frames" | "stride" | "size" | "pixels">

/** Bytes of all views. */
export const testBytes = (recipe: ViewsRecipe, views: readonly unknown[]): number =>
  views.length * viewBytes(recipe)

/**
 * Fills `into` with the views of an item, [views, frames, size, size, 3]. Each frame is decoded
 * once.
 *
 * @throws MediaError if the item cannot be read or a frame of a view is damaged.
 */
export async function readTestViews(
  item: ClipItem,
  recipe: ViewsRecipe,
  views: readonly Pick<TestView, "sampling" | "transforms">[],
  random: Random,
  into: Uint8Array,
): Promise<void> {
  const { frames, stride } = recipe
  for (const { sampling } of views) {
    if (isCached(item)) requireFit(item.cached, { frames, stride, sampling })
  }
  await withSource(item, async (source) => {
    const { frameTimes, width, height } = source
    const from = { videoFrames: frameTimes.length, frames, stride, item, random }
    const chosen = views.map(({ sampling }) => sampledFrameIds(sampling, from))
    const ids = [...new Set(chosen.flatMap((ids) => [...ids]))].sort((a, b) => a - b)
    const times = Float64Array.from(ids, (id) => frameTimes[id])
    const { data, valid } = await source.frames(times)
    requireValid(item.path, times, valid)
    const bytes = viewBytes(recipe)
    for (const [i, { transforms }] of views.entries()) {
      const view = drawView(source, await transformersOf(transforms), recipe, random)
      const rows = pickedRows(
        data,
        { width, height },
        chosen[i].map((id) => ids.indexOf(id)),
      )
      const place = into.subarray(i * bytes, (i + 1) * bytes)
      view.make(rows, { x: 0, y: 0, width, height }, place)
    }
  })
}

/** Some of the frames [count, height, width, 3], in the order of `picked`. */
function pickedRows(frames: Uint8Array, { width, height }: Size, picked: Int32Array): FrameRows {
  const row = 3 * width
  return {
    count: picked.length,
    read(frame, y, into) {
      const start = (picked[frame] * height + y) * row
      into.set(frames.subarray(start, start + into.length))
    },
  }
}
