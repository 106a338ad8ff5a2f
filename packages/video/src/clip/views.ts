import type { Random } from "@tubelet/core/random"
import { centreCrop, shortSideSize } from "../crop/centre.js"
import { multiScaleCrop } from "../crop/multi-scale.js"
import { cropFrames, flipFrames } from "../crop/pixels.js"
import { randomResizedCrop } from "../crop/random-resized.js"
import type { Rect } from "../decode/source.js"
import { resize, type Size } from "../resize/resize.js"

/**
 * What is done to a clip's frames, the same to all of them:
 * - `multi-scale`: VideoMAE's pre-training crop, antialiased bilinear, no flip;
 * - `random-resized`: MAE's crop of 20 to 100 % of the area, bicubic, flipped half of the time;
 * - `centre`: the short side resized without antialiasing, then the middle, as validation does.
 */
export type Augmentation = "multi-scale" | "random-resized" | "centre"

export const AUGMENTATIONS: readonly Augmentation[] = ["multi-scale", "random-resized", "centre"]

/** One augmented view of frames, decided before they are decoded. */
export interface View {
  /** The part of the picture that it is made of. */
  readonly part: Rect
  /** Makes [frames, size, size, 3] of the part's frames. */
  readonly make: (frames: Uint8Array) => Uint8Array
}

export interface ViewRecipe {
  /** Side of the square clip in pixels. */
  readonly size: number
  readonly augment: Augmentation
}

/** Draws a view of a picture's frames from `random`. */
export function drawView(picture: Size, { size, augment }: ViewRecipe, random: Random): View {
  const square = { width: size, height: size }
  if (augment === "centre") {
    const resized = shortSideSize(picture, size)
    const middle = centreCrop(resized, size)
    return {
      part: { x: 0, y: 0, width: picture.width, height: picture.height },
      make: (frames) =>
        cropFrames(resize(frames, picture, resized, "point-bilinear"), resized, middle),
    }
  }
  if (augment === "multi-scale") {
    const part = multiScaleCrop(picture, size, random)
    return { part, make: (frames) => resize(frames, part, square, "bilinear") }
  }
  const part = randomResizedCrop(picture, random)
  const flipped = random.uniform() < 0.5
  return {
    part,
    make(frames) {
      const resized = resize(frames, part, square, "bicubic")
      if (flipped) flipFrames(resized, square)
      return resized
    },
  }
}

/** Makes views of frames that show `bounds` of the picture, which holds every view's part. */
export const makeViews = (views: readonly View[], frames: Uint8Array, bounds: Rect): Uint8Array[] =>
  views.map(({ part, make }) => make(cut(frames, bounds, part)))

function cut(frames: Uint8Array, bounds: Rect, { x, y, width, height }: Rect): Uint8Array {
  if (width === bounds.width && height === bounds.height) return frames
  return cropFrames(frames, bounds, { x: x - bounds.x, y: y - bounds.y, width, height })
}

/** The smallest rectangle that holds them all. */
export function boundsOf(views: readonly View[]): Rect {
  const parts = views.map(({ part }) => part)
  const x = Math.min(...parts.map((part) => part.x))
  const y = Math.min(...parts.map((part) => part.y))
  const right = Math.max(...parts.map((part) => part.x + part.width))
  const bottom = Math.max(...parts.map((part) => part.y + part.height))
  return { x, y, width: right - x, height: bottom - y }
}
