import type { Random } from "@tubelet/core/random"

// A fine-tuning clip spans `frames * stride` frames of the video. Its frame ids are spread evenly
// over the span and truncated, so the steps between them vary (VideoMAE, VideoMAE V2).

/**
 * Frame ids of a clip that ends before frame `end`. A video shorter than the span is used whole at
 * its stride, repeating its last frame; `end` is then ignored.
 */
export function denseFrameIds(
  videoFrames: number,
  frames: number,
  stride: number,
  end: number,
): Int32Array {
  const span = frames * stride
  const isLong = videoFrames > span
  const count = isLong ? frames : Math.min(frames, Math.floor(videoFrames / stride))
  const [from, to] = isLong ? [end - span, end] : [0, videoFrames]
  return Int32Array.from({ length: frames }, (_, i) => {
    const id = i < count ? from + (i * (to - from)) / Math.max(1, count - 1) : to
    return Math.min(Math.trunc(id), to - 1)
  })
}

/** Frame ids of a random fine-tuning clip, which VideoMAE also uses for validation. */
export function randomDenseFrameIds(
  videoFrames: number,
  frames: number,
  stride: number,
  random: Random,
): Int32Array {
  const span = frames * stride
  const end = span + random.integer(Math.max(1, videoFrames - span))
  return denseFrameIds(videoFrames, frames, stride, end)
}

/** Frame ids of the centred clip, which VideoMAE V2 uses for validation. */
export function centredDenseFrameIds(
  videoFrames: number,
  frames: number,
  stride: number,
): Int32Array {
  const end = Math.floor((frames * stride + videoFrames) / 2)
  return denseFrameIds(videoFrames, frames, stride, end)
}
