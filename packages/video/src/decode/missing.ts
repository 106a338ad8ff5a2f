import { MediaError } from "./errors.js"

/** The error for a path at which there is nothing. */
export function missing(path: string, advice: string): MediaError {
  // Node reads names and arguments as UTF-8, and puts this character where they are not.
  if (!path.includes("\ufffd")) return new MediaError(path, "no such file or folder", advice)
  return new MediaError(
    path,
    "its name is not UTF-8, so that it cannot be opened",
    "Rename it (convmv does whole folders), or save the list that names it as UTF-8.",
  )
}
