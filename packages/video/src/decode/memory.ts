import { MediaError } from "./errors.js"

interface Sized {
  readonly path: string
  readonly width: number
  readonly height: number
}

/** The largest picture: 16384 x 16384. A header may claim anything, so it is checked first. */
const mostPixels = 2 ** 28
/** The largest clip in bytes. */
const mostBytes = 2 ** 32

/** @throws MediaError if a header's size is empty or absurd. */
export function checkSize({ path, width, height }: Sized): void {
  if (width > 0 && height > 0 && width * height <= mostPixels) return
  throw new MediaError(
    path,
    `its header claims ${width} x ${height} pixels`,
    "the file is damaged, or larger than 16384 x 16384: convert it to a smaller size",
  )
}

/**
 * A buffer for `count` frames of `bytes` each.
 *
 * @throws MediaError above 4 GiB.
 */
export function clipMemory({ path, width, height }: Sized, count: number, bytes: number) {
  if (count * bytes <= mostBytes) return new Uint8Array(count * bytes)
  throw new MediaError(
    path,
    `${count} frames of ${width} x ${height} pixels are more than 4 GiB`,
    "use fewer frames, or convert the file to a smaller size",
  )
}
