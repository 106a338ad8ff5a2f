import { constants } from "node:fs"
import { access, open as openFile, stat } from "node:fs/promises"
import { openWithNodeAv } from "./av-source.js"
import { MediaError } from "./errors.js"
import { findFfmpeg } from "./ffmpeg-program.js"
import { openWithFfmpeg } from "./ffmpeg-source.js"
import { openFrameFolder } from "./frame-folder.js"
import { contentKind, isPicture, kindBytes } from "./kinds.js"
import { MachineError } from "./machine.js"
import { loadNodeAv, nodeAvFailure } from "./node-av.js"
import { notFound } from "./not-found.js"
import { openPicture } from "./picture.js"
import type { Source } from "./source.js"

/**
 * Opens a video, a picture (one frame) or a folder of numbered pictures. The format is detected
 * from the first bytes, or from the name if they are inconclusive.
 *
 * @throws MediaError naming the file if it is missing, damaged or not a video.
 * @throws TubeletError if no video decoder is installed.
 */
export async function open(path: string): Promise<Source> {
  const found = await stat(path).catch(() => undefined)
  if (!found) throw notFound(path)
  await access(path, constants.R_OK).catch((cause) => {
    throw new MediaError(path, "cannot be read", "check its permissions", { cause })
  })
  if (found.isDirectory()) return openFrameFolder(path)
  if (!found.isFile()) {
    throw new MediaError(path, "is not a file but a pipe or a device", "pass a file or a folder")
  }
  const kind = contentKind(await firstBytes(path), path)
  const isStill = kind ? kind === "still" : isPicture(path)
  return isStill ? openPicture(path) : openVideo(path)
}

async function openVideo(path: string): Promise<Source> {
  const av = await loadNodeAv()
  if (av) return openWithNodeAv(av, path)
  const ffmpeg = await findFfmpeg()
  if (ffmpeg) return openWithFfmpeg(ffmpeg, path)
  throw new MachineError(
    `${path}: no video decoder is installed (${nodeAvFailure()})`,
    "install the optional peer (npm install node-av@6.1.1) or ffmpeg, or set FFMPEG_PATH; " +
      "images and folders of frames need neither",
  )
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await openFile(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(kindBytes), 0, kindBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
