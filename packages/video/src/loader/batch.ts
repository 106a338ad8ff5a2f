import type { Place } from "@tubelet/core/random"
import type { PixelArray, PixelType } from "../clip/pixel-type.js"
import type { ReadCosts } from "../workers/task.js"

/** A sample of a batch: its place in the stream and the clip that fills it. */
export interface Sample extends Place {
  readonly path: string
  /** Which repeat of the clip this is, from 0. */
  readonly repeat: number
}

/** A clip that could not be read and was replaced by another. */
export interface SkippedClip {
  readonly position: number
  /** The clip's index in the data set. */
  readonly index: number
  readonly path: string
  /** The file was already missing, and reported, when the data set was read. */
  readonly missing?: true
  /** What was wrong and what to do about it. */
  readonly reason: string
}

export interface Batch<P extends PixelType = "u8"> {
  /** RGB, [batch * repeats, frames, size, size, 3]: a clip's repeats are adjacent. */
  readonly clips: PixelArray[P]
  readonly shape: readonly [number, number, number, number, number]
  /**
   * `repeats` for each clip; an epoch's last batch may have fewer. A sample's random numbers are
   * keyed by its epoch, index and repeat.
   */
  readonly samples: readonly Sample[]
  /** The label of each sample's clip, in the order of `samples`, if all of them have one. */
  readonly labels?: Int32Array
  /** Epoch of the samples. */
  readonly epoch: number
  /** Position after this batch: pass it as `start` to resume. */
  readonly next: number
  /** Seconds the consumer waited for this batch. */
  readonly dataSeconds: number
  /** What reading its clips cost, in all workers together. */
  readonly costs: ReadCosts
  /** Clips skipped while making this batch. */
  readonly skipped: readonly SkippedClip[]
}
