import { copyOriented, upright } from "../decode/orientation.js"
import type { Rect, Size } from "../geometry.js"

/** Crops RGB frames [count, height, width, 3] to a rectangle. */
export function cropFrames(frames: Uint8Array, size: Size, rect: Rect): Uint8Array<ArrayBuffer> {
  const count = frames.length / (3 * size.width * size.height)
  const cut = new Uint8Array(count * 3 * rect.width * rect.height)
  cropInto(cut, frames, size, rect)
  return cut
}

/** `cropFrames` into `target`. */
export function cropInto(target: Uint8Array, frames: Uint8Array, size: Size, rect: Rect): void {
  const [input, output] = [3 * size.width * size.height, 3 * rect.width * rect.height]
  const stored = { ...size, stride: 3 * size.width }
  for (let i = 0; i < frames.length / input; i++) {
    const frame = frames.subarray(i * input, (i + 1) * input)
    copyOriented(frame, stored, upright, rect, target.subarray(i * output, (i + 1) * output))
  }
}

/** Mirrors RGB frames [count, height, width, 3] left to right, in place. */
export function flipFrames(frames: Uint8Array | Float32Array, { width }: Size): void {
  const row = 3 * width
  for (let start = 0; start < frames.length; start += row) {
    for (let left = start, right = start + row - 3; left < right; left += 3, right -= 3) {
      for (let c = 0; c < 3; c++) {
        const pixel = frames[left + c]
        frames[left + c] = frames[right + c]
        frames[right + c] = pixel
      }
    }
  }
}
