import { TubeletError } from "@tubelet/core"
import type { Source } from "./source.js"

/**
 * Opens a video in a page, such as a dropped file. The browser decodes its frames (WebCodecs). In
 * Node, use `open`.
 *
 * @throws MediaError naming the file if it is not a video, is damaged, or has an unsupported codec.
 */
export async function openBlob(_: Blob): Promise<Source> {
  throw new TubeletError(
    "openBlob needs WebCodecs, which Node does not have",
    "write the bytes to a file and pass its path to open",
  )
}
