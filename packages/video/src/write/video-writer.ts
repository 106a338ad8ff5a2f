import type { Size } from "../geometry.js"

/** What a video file is like. Both sides are even, as its chroma planes are half as large. */
export interface VideoFormat extends Size {
  readonly frameRate: number
  /**
   * Largest distance between key frames; if set, the video is encoded for fast decoding, and is
   * larger. Default: the encoder's.
   */
  readonly keyInterval?: number
}

/**
 * x264's settings for fast decoding of some of the frames: most frames are never referred to, so a
 * reader skips those that it does not want.
 */
export const fastDecoding = {
  tune: "fastdecode",
  /** Frames between two that others refer to. */
  skippable: 7,
  params: "b-adapt=0:b-pyramid=none",
}

/** A video file that grows frame by frame. */
export interface VideoWriter {
  /** Appends frames, u8 RGB [count, height, width, 3]. */
  write(frames: Uint8Array): Promise<void>
  /** Completes the file. */
  end(): Promise<void>
  /** Releases the encoder; without `end` before it, the file is incomplete. */
  close(): void
}
