// What pages get: all that works on pixels. What reads and writes files says that it needs Node.
import { TubeletError } from "@tubelet/core"

export { AUGMENTATIONS, prepareClip } from "./clip/recipe.js"
export { centreCrop, shortSideSize } from "./crop/centre.js"
export { multiScaleCrop, multiScaleOffsets, multiScaleSizes } from "./crop/multi-scale.js"
export { cropFrames, flipFrames } from "./crop/pixels.js"
export { randomResizedCrop } from "./crop/random-resized.js"
export { MediaError } from "./decode/errors.js"
export { resize } from "./resize/resize.js"
export { clipFrameIds, randomClipFrameIds, startCount } from "./sampling/pretraining.js"
export { clipTimes } from "./sampling/times.js"
export { blank, frameOf, paste } from "./write/canvas.js"
export { contactSheet, filmStrips, sideBySide } from "./write/compose.js"
export { drawMask } from "./write/mask.js"

const needsNode = (name: string) => (): never => {
  throw new TubeletError(
    `${name} reads or writes files, which needs Node`,
    "in a page, decode with WebCodecs or a canvas and go on with the pixels",
  )
}

export const discover = needsNode("discover")
export const load = needsNode("load")
export const open = needsNode("open")
export const openFrameFolder = needsNode("openFrameFolder")
export const openItem = needsNode("openItem")
export const readClipAt = needsNode("readClipAt")
export const readList = needsNode("readList")
export const readPicture = needsNode("readPicture")
export const readTrainingClip = needsNode("readTrainingClip")
export const writeMp4 = needsNode("writeMp4")
export const writePng = needsNode("writePng")
