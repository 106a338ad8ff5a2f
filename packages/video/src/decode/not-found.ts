import { isUndecodable, undecodableName } from "@tubelet/core/text"
import { MediaError } from "./errors.js"

/** The error for a path at which there is nothing. */
export function notFound(
  path: string,
  advice = "Check the path, and the list it is from.",
): MediaError {
  return isUndecodable(path)
    ? new MediaError(path, undecodableName, "Rename it; convmv does whole folders.")
    : new MediaError(path, "no such file or folder", advice)
}
