/** One clip of a data set: a video, a picture, a folder of frames, or a decoded clip of a cache. */
export interface ClipItem {
  /** Absolute. */
  readonly path: string
  /**
   * For a folder of frames: number of the first one in the file names (the lowest there is where
   * it is not given), and how many follow.
   */
  readonly frames?: { readonly start?: number; readonly count: number }
  /** The class, where a list names it. */
  readonly label?: number
  /** It was not there when the data set was read: others take its place. */
  readonly missing?: true
  /** Where a cache holds the clip; `path` is then where it was decoded from. */
  readonly cached?: CachedClip
}

/** A decoded clip in a shard: u8 RGB, [frames, height, width, 3] from `offset` on. */
export interface CachedClip {
  readonly shard: string
  readonly offset: number
  readonly frames: number
  readonly stride: number
  readonly width: number
  readonly height: number
  readonly crc32: number
  /** Which of the video's clips, from 0. */
  readonly clip: number
  /** Seconds from the video's first frame. */
  readonly start: number
  /** Frames a second of the video. */
  readonly frameRate: number
}

/** An item that a cache holds. */
export type CachedItem = ClipItem & { readonly cached: CachedClip }

export const isCached = (item: ClipItem): item is CachedItem => item.cached !== undefined
