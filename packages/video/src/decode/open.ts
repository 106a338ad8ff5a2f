import { stat } from "node:fs/promises"
import { openWithNodeAv } from "./av-source.js"
import { MediaError } from "./errors.js"
import { openFrameFolder } from "./frame-folder.js"
import { isPicture } from "./kinds.js"
import { loadNodeAv, nodeAvFailure } from "./node-av.js"
import { openPicture } from "./picture.js"
import type { Source } from "./source.js"

/**
 * Opens a video, a picture (one frame) or a folder of numbered pictures.
 *
 * @throws MediaError naming the file: missing, damaged, not a video, or no decoder installed.
 */
export async function open(path: string): Promise<Source> {
  const found = await stat(path).catch(() => undefined)
  if (!found) {
    throw new MediaError(path, "no such file or folder", "Check the path, and the list it is from.")
  }
  if (found.isDirectory()) return openFrameFolder(path)
  if (isPicture(path)) return openPicture(path)
  const av = await loadNodeAv()
  if (av) return openWithNodeAv(av, path)
  throw new MediaError(
    path,
    `no video decoder is installed (${nodeAvFailure()})`,
    "Add the optional peer: npm install node-av@6.1.1. Pictures and frame folders need none.",
  )
}
