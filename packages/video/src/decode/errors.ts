import { TubeletError } from "@tubelet/core"

/** A file cannot be read as a video or a picture. The message names the file. */
export class MediaError extends TubeletError {
  override name = "MediaError"
  readonly path: string

  constructor(path: string, problem: string, advice: string | undefined, options?: ErrorOptions) {
    super(`${path}: ${problem}`, advice, options)
    this.path = path
  }
}
