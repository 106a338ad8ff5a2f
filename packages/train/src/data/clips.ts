/** A clip's place in the stream of samples; its crops and masks are keyed by epoch and index. */
export interface SampleKey {
  readonly epoch: number
  /** The clip's place in the data set. */
  readonly index: number
  /** Which repeat of the clip, with repeated augmentation. Default: 0. */
  readonly repeat?: number
}

/** Clips as they are fed. */
export interface ClipBatch {
  /** u8 RGB, [samples, T, H, W, 3]. */
  readonly clips: Uint8Array
  /** `repeats` for each clip; an epoch's last batch may hold fewer clips than were asked for. */
  readonly samples: readonly SampleKey[]
  /** Where the stream continues after this batch: clips, each counted once. */
  readonly next: number
  /** Clips that were left out because they could not be read, and others took their place. */
  readonly skipped?: readonly SkippedClip[]
}

export interface SkippedClip {
  readonly path: string
  /** Its file was not there at the start, as was told then. */
  readonly missing?: true
  /** What was wrong. */
  readonly reason: string
}

/**
 * Where clips come from: an endless stream, epoch after epoch; a batch never has clips of two. It
 * gives the same bytes for the same position, whatever was read before; so a resumed run sees what
 * it would have seen.
 */
export interface ClipData {
  /** How many clips one epoch has. */
  readonly length: number
  /** Each clip's name, in order: a run that is resumed says how they changed. */
  readonly names?: readonly string[]
  /** Repeated augmentation: samples made of each clip. Default: 1. */
  readonly repeats?: number
  /** How clips are taken from the data, by name; a run that is resumed must have the same. */
  readonly sampling?: Readonly<Record<string, unknown>>
  /** Batches from sample `start` on. Ending the loop frees what it holds. */
  batches(request: { readonly batch: number; readonly start: number }): AsyncIterator<ClipBatch>
}
