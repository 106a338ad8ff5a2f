import { MediaError } from "./errors.js"

/** Throws MediaError where a frame of a clip could not be read. */
export function requireSound(
  path: string,
  times: ArrayLike<number>,
  valid: readonly boolean[],
): void {
  const broken = valid.indexOf(false)
  if (broken < 0) return
  throw new MediaError(
    path,
    `damaged at ${times[broken].toFixed(2)} s`,
    "Copy or encode the file again, or leave it out of the data set.",
  )
}
