import { isUndecodable, undecodableName } from "@tubelet/core/text"
import { MediaError } from "./errors.js"

/** The error for a path that does not exist. */
export function notFound(
  path: string,
  advice = "check the path, and the list it is from",
): MediaError {
  return isUndecodable(path)
    ? new MediaError(path, undecodableName, "rename it; convmv does whole folders")
    : new MediaError(path, "no such file or folder", advice)
}
