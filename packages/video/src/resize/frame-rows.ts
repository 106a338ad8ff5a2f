import type { Size } from "../geometry.js"

/** RGB frames of one size, in memory or on disk. */
export interface FrameRows {
  readonly count: number
  /** Fills `into` with a frame's rows, starting at row `y`. */
  read(frame: number, y: number, into: Uint8Array): void
}

/** Frames in memory, [count, height, width, 3]. */
export function rowsInMemory(frames: Uint8Array, { width, height }: Size): FrameRows {
  const rowBytes = 3 * width
  return {
    count: frames.length / (rowBytes * height),
    read(frame, y, into) {
      const start = (frame * height + y) * rowBytes
      into.set(frames.subarray(start, start + into.length))
    },
  }
}

/** Frames as one array, [count, height, width, 3]; in `into` if given. */
export function allRows(
  { count, read }: FrameRows,
  { width, height }: Size,
  into?: Uint8Array,
): Uint8Array {
  const bytes = 3 * width * height
  const frames = into ?? new Uint8Array(count * bytes)
  for (let i = 0; i < count; i++) read(i, 0, frames.subarray(i * bytes, (i + 1) * bytes))
  return frames
}
