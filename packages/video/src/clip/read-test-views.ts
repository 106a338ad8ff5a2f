import { type Random, random } from "@tubelet/core/random"
import { bytesFor } from "../augment/floats.js"
import type { Transform } from "../augment/kinds.js"
import { transformersOf } from "../augment/resolve.js"
import { requireFit } from "../cache/fit.js"
import { requireValid } from "../decode/require-valid.js"
import type { Size } from "../geometry.js"
import { type ClipItem, isCached } from "../item.js"
import type { FrameRows } from "../resize/frame-rows.js"
import { sampledFrameIds } from "../sampling/kinds.js"
import { withSource } from "./open-item.js"
import type { PixelType } from "./pixel-type.js"
import type { ClipRecipe } from "./recipe.js"
import type { TestView } from "./test-views.js"
import { drawView, viewBytes } from "./views.js"

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
  source: Random,
  into: Uint8Array,
): Promise<void> {
  const { frames, stride } = recipe
  for (const { sampling } of views) {
    if (isCached(item)) requireFit(item.cached, { frames, stride, sampling })
  }
  await withSource(item, async (opened) => {
    const { frameTimes } = opened
    const step = isCached(item) ? 1 : stride // Between the frames of a cached clip, too.
    const from = { videoFrames: frameTimes.length, frames, stride: step, item, random: source }
    const chosen = views.map(({ sampling }) => sampledFrameIds(sampling, from))
    const ids = [...new Set(chosen.flatMap((ids) => [...ids]))].sort((a, b) => a - b)
    const times = Float64Array.from(ids, (id) => frameTimes[id])
    const decoded = await opened.frames(times)
    requireValid(item.path, times, decoded.valid)
    const shared = sharedResize(views)
    const resized = shared ? await applied(shared, decoded, recipe.size) : decoded
    const { width, height } = resized
    const bytes = viewBytes(recipe)
    for (const [i, { transforms }] of views.entries()) {
      const left = await transformersOf(shared ? transforms.slice(1) : transforms)
      const view = drawView(resized, left, recipe, source)
      const picked = chosen[i].map((id) => ids.indexOf(id))
      const place = into.subarray(i * bytes, (i + 1) * bytes)
      view.make(pickedRows(resized, picked), { x: 0, y: 0, width, height }, place)
    }
  })
}

/** RGB bytes, [count, height, width, 3]. */
interface Bytes extends Size {
  readonly data: Uint8Array
}

/** The resize that all views begin with: it is done once for all of them. */
function sharedResize(views: readonly Pick<TestView, "transforms">[]): Transform | undefined {
  const [first, ...others] = views.map(({ transforms }) => transforms[0])
  const isResize = first === "resize" || (typeof first === "object" && first.name === "resize")
  const same = (other: Transform) => JSON.stringify(other) === JSON.stringify(first)
  return isResize && others.every(same) ? first : undefined
}

/** Frames with a transform that draws nothing applied. */
async function applied(transform: Transform, frames: Bytes, size: number): Promise<Bytes> {
  const [transformer] = await transformersOf([transform])
  const { data, width, height } = transformer.draw(frames, size, random()).apply(frames, {})
  return { data: bytesFor("resize", { data, width, height }), width, height }
}

/** Some of the frames [count, height, width, 3], in the order of `picked`. */
function pickedRows({ data, width, height }: Bytes, picked: Int32Array): FrameRows {
  const row = 3 * width
  return {
    count: picked.length,
    read(frame, y, into) {
      const start = (picked[frame] * height + y) * row
      into.set(data.subarray(start, start + into.length))
    },
  }
}
