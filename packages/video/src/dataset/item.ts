/** One clip of a data set: a video, a picture, or a folder of frames. */
export interface ClipItem {
  /** Absolute. */
  readonly path: string
  /** For a folder of frames: number of the first frame in the file names, and how many follow. */
  readonly frames?: { readonly start: number; readonly count: number }
}
