/**
 * RGB pixels of a picture as stored: no colour profile is applied and transparency is dropped.
 * Turned as its EXIF orientation asks.
 */
export interface Pixels {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  /** The file's format, such as `jpeg`. */
  readonly format: string
  /** Degrees clockwise that the file asked to be turned by. */
  readonly rotation: number
}
