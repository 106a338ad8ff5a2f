import type { Random } from "@tubelet/core/random"

// Sparse sampling: the video is divided into equal segments, with one frame from each, as in
// Temporal Segment Networks and in both VideoMAEs for Something-Something.

/** A random frame of each segment; only the first frame if there are fewer frames than segments. */
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

/** The middle frame of each segment; if there are too few frames, the first one repeats. */
export function middleSegmentFrameIds(videoFrames: number, segments: number): Int32Array {
  const length = Math.floor(videoFrames / segments)
  const missing = segments - videoFrames
  return Int32Array.from({ length: segments }, (_, i) =>
    missing > 0 ? Math.max(0, i - missing) : i * length + (length >> 1),
  )
}

/**
 * Frame ids of test clip `view` of `views`. For each view, every segment contributes a frame at the
 * same relative position; all of these, sorted by time, are dealt out to the views in turn.
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
