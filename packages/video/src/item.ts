/** One clip of a data set: a video, a picture, a folder of frames, or a decoded clip in a cache. */
export interface ClipItem {
  /** Absolute. */
  readonly path: string
  /**
   * For a folder of frames: the number of the first frame in the file names (default: the lowest
   * found) and the frame count.
   */
  readonly frames?: { readonly start?: number; readonly count: number }
  /** The part of a video that is the clip. Default: all of it. */
  readonly seconds?: TimeRange
  /** Class label, if the data set has one: an index into its class names. */
  readonly label?: number
  /** Split of the data set: `train`, `val`, `test` or another name. */
  readonly split?: string
  /** The file did not exist when the data set was read; other clips are read instead. */
  readonly missing?: true
  /** Place in a tar archive; `path` is then that of the archive and the name in it. */
  readonly packed?: PackedFile
  /** Place in a cache; `path` is then the file it was decoded from. */
  readonly cached?: CachedClip
}

/** A part of a video in seconds from its first frame: from `start` (0) up to `end` (its end). */
export interface TimeRange {
  readonly start?: number
  readonly end?: number
}

/** A file in an archive that is not compressed. */
export interface PackedFile {
  readonly archive: string
  /** Where its bytes begin, and how many there are. */
  readonly offset: number
  readonly size: number
}

/** A decoded clip in a shard: u8 RGB, [frames, height, width, 3], starting at `offset`. */
export interface CachedClip {
  readonly shard: string
  readonly offset: number
  readonly frames: number
  readonly stride: number
  readonly width: number
  readonly height: number
  readonly crc32: number
  /** Index of the clip within the video, from 0. */
  readonly clip: number
  /** Seconds from the video's first frame. */
  readonly start: number
  /** Frames per second of the video. */
  readonly frameRate: number
}

/** An item stored in a cache. */
export type CachedItem = ClipItem & { readonly cached: CachedClip }

export const isCached = (item: ClipItem): item is CachedItem => item.cached !== undefined
