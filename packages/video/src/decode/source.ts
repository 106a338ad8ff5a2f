import type { Rect } from "../geometry.js"

export interface FramesOptions {
  /** The part of each frame to return. Default: the whole frame. */
  readonly crop?: Rect
}

/** Frames at native size. */
export interface Frames {
  readonly width: number
  readonly height: number
  /** u8 RGB, [count, height, width, 3]. */
  readonly data: Uint8Array
  /** Each frame's own time in seconds from the source's first frame. */
  readonly timestamps: Float64Array
  /**
   * One flag per frame. False if the file is damaged or ends too early; the data is then the
   * nearest readable frame, or black.
   */
  readonly valid: readonly boolean[]
}

/** An open video, picture or folder of frames. Close it: decoders hold native memory. */
export interface Source {
  readonly path: string
  /** Width and height in pixels as displayed, rotation applied. */
  readonly width: number
  readonly height: number
  /** Clockwise rotation that the file asks for: 0, 90, 180 or 270 degrees. Already applied. */
  readonly rotation: number
  /** Duration in seconds according to the file. */
  readonly duration: number
  /** Average frames per second; 25 for a raw stream (`.h264`, `.mjpeg`) without a rate. */
  readonly frameRate: number
  /** The codec's short name, such as `h264` or `png`. */
  readonly codec: string
  /** Start of each readable frame in seconds from the first, ascending. */
  readonly frameTimes: Float64Array
  /**
   * The frames displayed at `times` (seconds from the first frame, any order, repeats allowed).
   * Past the end, this is the last frame.
   */
  frames(times: ArrayLike<number>, options?: FramesOptions): Promise<Frames>
  close(): void
}
