import { TubeletError } from "@tubelet/core"
import type { RgbFrames } from "./transform.js"

/** An array of `length` floats: in `into` if it has exactly that room, otherwise a new one. */
export function floatsIn(into: Uint8Array | undefined, length: number): Float32Array {
  if (into?.byteLength !== 4 * length) return new Float32Array(length)
  return new Float32Array(into.buffer, into.byteOffset, length)
}

/** Frames whose pending normalisation is done. */
export function settled(frames: RgbFrames, into?: Uint8Array): RgbFrames {
  const { data, levels, width, height } = frames
  if (!levels) return frames
  const floats = floatsIn(into, data.length)
  for (let i = 0; i < data.length; i += 3) {
    floats[i] = levels[data[i]]
    floats[i + 1] = levels[256 + data[i + 1]]
    floats[i + 2] = levels[512 + data[i + 2]]
  }
  return { data: floats, width, height }
}

/** @throws TubeletError if the frames are normalised; `name` is the transform that needs bytes. */
export function bytesFor(name: string, { data, levels }: RgbFrames): Uint8Array {
  if (data instanceof Uint8Array && !levels) return data
  throw new TubeletError(
    `the transform "${name}" needs bytes, but gets normalised frames`,
    `put it before "normalise"`,
  )
}

/** @throws TubeletError if the frames are not normalised; `name` is the transform. */
export function floatsFor(name: string, frames: RgbFrames, into?: Uint8Array): Float32Array {
  const { data } = settled(frames, into)
  if (data instanceof Float32Array) return data
  throw new TubeletError(
    `the transform "${name}" needs normalised frames, but gets bytes`,
    `put "normalise" before it`,
  )
}
