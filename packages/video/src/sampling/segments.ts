import type { Random } from "@tubelet/core/random"

// Sparse sampling: the video is cut into equal segments and each gives one frame, as Temporal
// Segment Networks do and as both VideoMAEs do for Something-Something.

/** A random frame of each segment. A video with fewer frames than segments gives its first. */
export function randomSegmentFrameIds(
  videoFrames: number,
  segments: number,
  random: Pick<Random, "integer">,
): Int32Array {
  const length = Math.floor(videoFrames / segments)
  return Int32Array.from({ length: segments }, (_, i) =>
    length > 0 ? i * length + random.integer(length) : 0,
  )
}

/** The middle frame of each segment; where there are too few frames, the first one repeats. */
export function middleSegmentFrameIds(videoFrames: number, segments: number): Int32Array {
  const length = Math.floor(videoFrames / segments)
  const missing = segments - videoFrames
  return Int32Array.from({ length: segments }, (_, i) =>
    missing > 0 ? Math.max(0, i - missing) : i * length + (length >> 1),
  )
}

/**
 * One of `views` test clips. Each takes a frame at the same place of every segment; all of these
 * are then dealt out in order of time, so the views interleave.
 */
export function segmentViewFrameIds(
  videoFrames: number,
  segments: number,
  views: number,
  view: number,
): Int32Array {
  const tick = videoFrames / segments
  const places = Array.from({ length: views }, (_, v) => (v * tick) / views)
  const ids = places.flatMap((place) =>
    Array.from({ length: segments }, (_, i) => Math.trunc(place + tick * i)),
  )
  const dealt = ids.sort((a, b) => a - b).filter((_, i) => i % views === view)
  return Int32Array.from(dealt)
}
