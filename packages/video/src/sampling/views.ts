import type { Rect, Size } from "../geometry.js"

// Multi-view testing: every `stride`-th frame of the whole video, cut into overlapping clips, each
// cropped at several places along the longer side. One view is the one in the middle.

/** The frames of a video that its test clips are cut from, at least `frames` of them. */
export function stridedFrameIds(videoFrames: number, frames: number, stride: number): Int32Array {
  const there = Math.ceil(videoFrames / stride)
  return Int32Array.from(
    { length: Math.max(frames, there) },
    (_, i) => Math.min(i, there - 1) * stride,
  )
}

/** Where among `count` strided frames clip `view` of `views` begins. */
export const temporalStart = (count: number, frames: number, views: number, view: number) =>
  startOf(Math.max(count - frames, 0), views, view)

/** Crop `crop` of `crops` squares along the longer side of a picture. */
export function spatialView({ width, height }: Size, crops: number, crop: number): Rect {
  const side = Math.min(width, height)
  const start = startOf(Math.max(width, height) - side, crops, crop)
  const [x, y] = width > height ? [start, 0] : [0, start]
  return { x, y, width: side, height: side }
}

/** Rounded down after the product, as the originals do. */
const startOf = (room: number, views: number, view: number) =>
  views === 1 ? room >> 1 : Math.trunc(view * (room / (views - 1)))
