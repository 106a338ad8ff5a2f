import { constants } from "node:fs"
import { access, stat } from "node:fs/promises"
import type { PackedFile } from "../item.js"
import { openWithNodeAv } from "./av-source.js"
import { MediaError } from "./errors.js"
import { findFfmpeg } from "./ffmpeg-program.js"
import { openWithFfmpeg } from "./ffmpeg-source.js"
import { openFrameFolder } from "./frame-folder.js"
import { contentKind, isPicture, kindBytes } from "./kinds.js"
import { MachineError } from "./machine.js"
import { loadNodeAv, nodeAvFailure } from "./node-av.js"
import { notFound } from "./not-found.js"
import { bytesOf } from "./packed-bytes.js"
import { openPicture } from "./picture.js"
import type { Source } from "./source.js"

/**
 * Opens a video, a picture (one frame) or a folder of numbered pictures. The format is detected
 * from the first bytes, or from the name if they are inconclusive.
 *
 * @throws MediaError naming the file if it is missing, damaged or not a video.
 * @throws TubeletError if no video decoder is installed.
 */
export async function open(path: string, packed?: PackedFile): Promise<Source> {
  const file = packed?.archive ?? path
  const found = await stat(file).catch(() => undefined)
  if (!found) throw notFound(file)
  await access(file, constants.R_OK).catch((cause) => {
    throw new MediaError(path, "cannot be read", "check its permissions", { cause })
  })
  if (found.isDirectory()) return openFrameFolder(path)
  if (!found.isFile()) {
    throw new MediaError(path, "is not a file but a pipe or a device", "pass a file or a folder")
  }
  const { size } = found
  const head = await bytesOf(packed ?? { archive: path, offset: 0, size }, kindBytes)
  const kind = contentKind(head, path)
  const isStill = kind ? kind === "still" : isPicture(path)
  return isStill ? openPicture(path, packed) : openVideo(path, packed)
}

async function openVideo(path: string, packed?: PackedFile): Promise<Source> {
  const av = await loadNodeAv()
  if (av) return openWithNodeAv(av, path, packed)
  const ffmpeg = await findFfmpeg()
  if (ffmpeg) return openWithFfmpeg(ffmpeg, path, packed)
  throw new MachineError(
    `${path}: no video decoder is installed (${nodeAvFailure()})`,
    "install the optional peer (npm install node-av@6.1.1) or ffmpeg, or set FFMPEG_PATH; " +
      "images and folders of frames need neither",
  )
}
