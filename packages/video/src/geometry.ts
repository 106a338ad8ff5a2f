/** Width and height in pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** A rectangle in pixels of the picture as displayed, after rotation. */
export interface Rect extends Size {
  readonly x: number
  readonly y: number
}
