import type { PixelArray, PixelType } from "@tubelet/video"

/** A sample's place in the stream; its crops and masks are keyed by epoch and index. */
export interface SampleKey {
  readonly epoch: number
  /** The clip's index in the data set. */
  readonly index: number
  /** Which repeat of the clip, with repeated augmentation. Default: 0. */
  readonly repeat?: number
}

/** Clips for one micro-batch. */
export interface ClipBatch<P extends PixelType = "u8"> {
  /** RGB, [samples, T, H, W, 3]: bytes, or normalised floats. */
  readonly clips: PixelArray[P]
  /** `repeats` per clip; the last batch of an epoch may have fewer clips than requested. */
  readonly samples: readonly SampleKey[]
  /** The label of each sample, if the clips have labels. */
  readonly labels?: Int32Array
  /** Position in the stream after this batch; each clip is counted once. */
  readonly next: number
  /** Clips that could not be read and were replaced. */
  readonly skipped?: readonly SkippedClip[]
}

export interface SkippedClip {
  readonly path: string
  /** The file was already missing, and reported, when the data set was read. */
  readonly missing?: true
  /** What was wrong. */
  readonly reason: string
}

/**
 * Where clips come from: an endless stream of epochs; no batch spans two of them. The same position
 * always returns the same bytes, so a resumed run gets the same data.
 */
export interface ClipData<P extends PixelType = "u8"> {
  /** Clips per epoch. */
  readonly length: number
  /** Each clip's name, in order; a resumed run reports changes. */
  readonly names?: readonly string[]
  /** Repeated augmentation: samples per clip. Default: 1. */
  readonly repeats?: number
  /** Named sampling settings; they must be the same when a run is resumed. */
  readonly sampling?: Readonly<Record<string, unknown>>
  /** Batches from position `start` on. Leaving the loop releases its resources. */
  batches(request: { readonly batch: number; readonly start: number }): AsyncIterator<ClipBatch<P>>
}
