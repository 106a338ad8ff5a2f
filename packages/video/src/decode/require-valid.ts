import { MediaError } from "./errors.js"

/** @throws MediaError if a frame of a clip could not be read. */
export function requireValid(
  path: string,
  times: ArrayLike<number>,
  valid: readonly boolean[],
): void {
  const broken = valid.indexOf(false)
  if (broken < 0) return
  throw new MediaError(
    path,
    `damaged at ${times[broken].toFixed(2)} s`,
    "copy or re-encode the file, or remove it from the data set",
  )
}
