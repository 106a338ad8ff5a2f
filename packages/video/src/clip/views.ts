import type { Random } from "@tubelet/core/random"
import { centreCrop, shortSideSize } from "../crop/centre.js"
import { multiScaleCrop } from "../crop/multi-scale.js"
import { cropInto, flipFrames } from "../crop/pixels.js"
import { randomResizedCrop } from "../crop/random-resized.js"
import type { Rect, Size } from "../geometry.js"
import { allRows, type FrameRows } from "../resize/frame-rows.js"
import { resize, resizePart } from "../resize/resize.js"

/**
 * How to crop and resize a clip, the same for all its frames:
 * - `multi-scale`: VideoMAE's pre-training crop, antialiased bilinear, no flip;
 * - `random-resized`: MAE's crop of 20 to 100% of the area, bicubic, flipped half of the time;
 * - `centre`: resize of the short side without antialiasing, then centre crop, as in validation.
 */
export type Augmentation = "multi-scale" | "random-resized" | "centre"

export const augmentations: readonly Augmentation[] = ["multi-scale", "random-resized", "centre"]

/** One augmented view of a clip, drawn before its frames are decoded. */
export interface View {
  /** The part of the picture it needs. */
  readonly part: Rect
  /**
   * Makes the view from frames cropped to `bounds`, which contains `part`. Fills `into`,
   * [frames, size, size, 3].
   */
  readonly make: (frames: FrameRows, bounds: Rect, into: Uint8Array) => void
}

export interface ViewRecipe {
  /** Side of the square clip in pixels. */
  readonly size: number
  readonly augment: Augmentation
}

/** Draws a view of frames of a given size. */
export function drawView(picture: Size, { size, augment }: ViewRecipe, random: Random): View {
  const square = { width: size, height: size }
  if (augment === "centre") return centreView(picture, size)
  if (augment === "multi-scale") {
    const part = multiScaleCrop(picture, size, random)
    return {
      part,
      make: (frames, bounds, into) => resizePart(frames, into, within(bounds, part, square)),
    }
  }
  const part = randomResizedCrop(picture, random)
  const flipped = random.uniform() < 0.5
  return {
    part,
    make(frames, bounds, into) {
      resizePart(frames, into, within(bounds, part, square), "bicubic")
      if (flipped) flipFrames(into, square)
    },
  }
}

function centreView(picture: Size, size: number): View {
  const part = { x: 0, y: 0, width: picture.width, height: picture.height }
  const resized = shortSideSize(picture, size)
  return {
    part,
    make(frames, _, into) {
      const whole = resize(allRows(frames, part), part, resized, "point-bilinear")
      cropInto(into, whole, resized, centreCrop(resized, size))
    },
  }
}

const within = (bounds: Rect, part: Rect, to: Size) => ({
  from: bounds,
  part: { ...part, x: part.x - bounds.x, y: part.y - bounds.y },
  to,
})

/** The smallest rectangle that contains the parts of all views. */
export function boundsOf(views: readonly View[]): Rect {
  const parts = views.map(({ part }) => part)
  const x = Math.min(...parts.map((part) => part.x))
  const y = Math.min(...parts.map((part) => part.y))
  const right = Math.max(...parts.map((part) => part.x + part.width))
  const bottom = Math.max(...parts.map((part) => part.y + part.height))
  return { x, y, width: right - x, height: bottom - y }
}

/**
 * Makes views from frames cropped to `bounds`, [frames, size, size, 3] each, one after another in
 * `into`.
 */
export function makeViews(
  views: readonly View[],
  frames: FrameRows,
  bounds: Rect,
  clip: { readonly frames: number; readonly size: number },
  into?: Uint8Array,
): Uint8Array[] {
  const bytes = viewBytes(clip)
  const all = into ?? new Uint8Array(views.length * bytes)
  return views.map(({ make }, i) => {
    const data = all.subarray(i * bytes, (i + 1) * bytes)
    make(frames, bounds, data)
    return data
  })
}

/** Bytes per view. */
export const viewBytes = ({ frames, size }: { frames: number; size: number }) =>
  3 * frames * size * size
