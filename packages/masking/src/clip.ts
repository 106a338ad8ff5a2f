import { TubeletError } from "@tubelet/core"

/** A clip's bytes [frames, height, width, 3], row-major, with its shape. */
export interface Clip extends Uint8Array {
  readonly frames: number
  readonly height: number
  readonly width: number
}

/** A view of the bytes with their shape; nothing is copied. */
export function clipOf(
  bytes: Uint8Array,
  { frames, height, width }: { frames: number; height: number; width: number },
): Clip {
  const expected = frames * height * width * 3
  if (bytes.length !== expected) {
    throw new TubeletError(
      `a clip of ${frames} frames of ${height} x ${width} has ${expected} bytes, ` +
        `not ${bytes.length}`,
      "pass u8 pixels [frames, height, width, 3]",
    )
  }
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  return Object.assign(view, { frames, height, width })
}
