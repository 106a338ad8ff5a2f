import type { Rect, Size } from "../geometry.js"

// Multi-view testing: every `stride`-th frame of the whole video, split into overlapping clips that
// are each cropped at several positions along the longer side. A single view is centred.

/** Ids of the frames that test clips are taken from, at least `frames` of them. */
export function stridedFrameIds(videoFrames: number, frames: number, stride: number): Int32Array {
  const there = Math.ceil(videoFrames / stride)
  return Int32Array.from(
    { length: Math.max(frames, there) },
    (_, i) => Math.min(i, there - 1) * stride,
  )
}

/** Start of clip `view` of `views` among `count` strided frames. */
export const temporalStart = (count: number, frames: number, views: number, view: number) =>
  startOf(Math.max(count - frames, 0), views, view)

/** Frame ids of test clip `view` of `views`. */
export function stridedViewFrameIds(
  videoFrames: number,
  frames: number,
  stride: number,
  views: number,
  view: number,
): Int32Array {
  const ids = stridedFrameIds(videoFrames, frames, stride)
  const start = temporalStart(ids.length, frames, views, view)
  return ids.slice(start, start + frames)
}

/** Square crop number `crop` of `crops` along the longer side of a picture. */
export function spatialView({ width, height }: Size, crops: number, crop: number): Rect {
  const side = Math.min(width, height)
  const start = startOf(Math.max(width, height) - side, crops, crop)
  const [x, y] = width > height ? [start, 0] : [0, start]
  return { x, y, width: side, height: side }
}

/** Rounded down after the multiplication, as in the authors' code. */
const startOf = (room: number, views: number, view: number) =>
  views === 1 ? room >> 1 : Math.trunc(view * (room / (views - 1)))
