/**
 * RGB pixels of a picture as stored, without colour profile or transparency, but with its EXIF
 * orientation applied.
 */
export interface Pixels {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  /** The file's format, such as `jpeg`. */
  readonly format: string
  /** Clockwise rotation by the file's orientation, in degrees. Already applied. */
  readonly rotation: number
}
