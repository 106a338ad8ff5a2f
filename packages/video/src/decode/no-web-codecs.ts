import { TubeletError } from "@tubelet/core"
import type { Source } from "./source.js"

/**
 * Opens a video that a page holds, such as a file dropped on it: its container is read here, its
 * frames are decoded by the browser (WebCodecs). In Node use `open`.
 *
 * @throws MediaError naming the file: not a video, damaged, or of a codec that the browser lacks.
 */
export async function openBlob(_: Blob): Promise<Source> {
  throw new TubeletError(
    "openBlob decodes with WebCodecs, which Node does not have",
    "write the bytes to a file and give its path to open",
  )
}
