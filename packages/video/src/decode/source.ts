import type { Rect } from "../geometry.js"

export interface FramesOptions {
  /** Only this part of each frame is copied out. Default: the whole frame. */
  readonly crop?: Rect
}

/** Frames at their native size, one after another. */
export interface Frames {
  readonly width: number
  readonly height: number
  /** u8 RGB, [count, height, width, 3]. */
  readonly data: Uint8Array
  /** Seconds from the source's first frame, one a frame: the frame's own time. */
  readonly timestamps: Float64Array
  /**
   * One flag a frame. False where the file is damaged or ends too early: the place then holds the
   * nearest frame that could be read, or black.
   */
  readonly valid: readonly boolean[]
}

/** An open video, picture or folder of frames. Close it: decoders hold native memory. */
export interface Source {
  readonly path: string
  /** Width and height in pixels as shown, rotation applied. */
  readonly width: number
  readonly height: number
  /** Degrees clockwise that the file asks to be turned by: 0, 90, 180 or 270. Already applied. */
  readonly rotation: number
  /** Seconds that the file claims to last. */
  readonly duration: number
  /** Average frames a second; 25 for a bare stream (`.h264`, `.mjpeg`) that says none. */
  readonly frameRate: number
  /** The codec's short name, such as `h264` or `png`. */
  readonly codec: string
  /** Seconds from the first frame at which each readable frame goes on show, ascending. */
  readonly frameTimes: Float64Array
  /**
   * The frames on show at `times` (seconds from the first frame, any order, repeats allowed).
   * Past the end, the last frame stays on show.
   */
  frames(times: ArrayLike<number>, options?: FramesOptions): Promise<Frames>
  close(): void
}
