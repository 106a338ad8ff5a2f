import type { Random } from "@tubelet/core/random"

/** Video frames that a clip spans, including its last stride. */
const span = (frames: number, stride: number) => frames * stride

/** Number of possible starts; 1 if the video is shorter than the clip. */
export const startCount = (videoFrames: number, frames: number, stride: number) =>
  Math.max(1, videoFrames - span(frames, stride) + 1)

/**
 * Frame ids of a pre-training clip that starts at frame `start`, as in VideoMAE and VideoMAE V2:
 * every `stride`-th frame; before the end of the video, the last id repeats.
 */
export function clipFrameIds(
  videoFrames: number,
  frames: number,
  stride: number,
  start: number,
): Int32Array {
  let id = start
  return Int32Array.from({ length: frames }, () => {
    const taken = id
    if (id + stride < videoFrames - 1) id += stride
    return taken
  })
}

/** Frame ids of a random pre-training clip. */
export function randomClipFrameIds(
  videoFrames: number,
  frames: number,
  stride: number,
  random: Random,
): Int32Array {
  const start = random.integer(startCount(videoFrames, frames, stride))
  return clipFrameIds(videoFrames, frames, stride, start)
}
