/** One clip of a data set: a video, a picture, or a folder of frames. */
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
}
