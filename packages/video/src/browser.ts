// The entry for web pages: everything that works on pixels. What works on files throws.
import { TubeletError } from "@tubelet/core"

export { clipsAcross } from "./clip/across.js"
export { imageCentre, publishedTransforms } from "./clip/published.js"
export { prepareClip, prepareViews } from "./clip/recipe.js"
export { testViews } from "./clip/test-views.js"
export { centreCrop, shortSideSize } from "./crop/centre.js"
export { multiScaleCrop, multiScaleOffsets, multiScaleSizes } from "./crop/multi-scale.js"
export { cropFrames, flipFrames } from "./crop/pixels.js"
export { randomResizedCrop } from "./crop/random-resized.js"
export { listFiles } from "./dataset/list-names.js"
export { MediaError } from "./decode/errors.js"
export { isPicture, isVideo } from "./decode/kinds.js"
export { openBlob } from "./decode/open-blob.js"
export { cropResizeFloat } from "./resize/float.js"
export { resize } from "./resize/resize.js"
export { centredDenseFrameIds, denseFrameIds, randomDenseFrameIds } from "./sampling/dense.js"
export { sampledFrameIds } from "./sampling/kinds.js"
export { clipFrameIds, randomClipFrameIds, startCount } from "./sampling/pretraining.js"
export {
  middleSegmentFrameIds,
  randomSegmentFrameIds,
  segmentViewFrameIds,
} from "./sampling/segments.js"
export { clipTimes } from "./sampling/times.js"
export { spatialView, stridedFrameIds, temporalStart } from "./sampling/views.js"
export { blank, frameOf, paste } from "./write/canvas.js"
export { contactSheet, filmStrips, sideBySide } from "./write/compose.js"
export { drawMask } from "./write/mask.js"
export { rgba } from "./write/rgba.js"

const needsNode = (name: string) => (): never => {
  throw new TubeletError(
    `${name} needs Node, because it works on files or processes`,
    "in a page, open a File or Blob with openBlob and use its frames",
  )
}

export const checkClips = needsNode("checkClips")
export const dataset = needsNode("dataset")
export const defaultWorkers = needsNode("defaultWorkers")
export const defineKind = needsNode("defineKind")
export const discover = needsNode("discover")
export const findDuplicates = needsNode("findDuplicates")
export const load = needsNode("load")
export const open = needsNode("open")
export const openFrameFolder = needsNode("openFrameFolder")
export const openItem = needsNode("openItem")
export const parseList = needsNode("parseList")
export const prepareDataset = needsNode("prepareDataset")
export const readClassNames = needsNode("readClassNames")
export const readClipInSubprocess = needsNode("readClipInSubprocess")
export const readClipAt = needsNode("readClipAt")
export const readList = needsNode("readList")
export const readPicture = needsNode("readPicture")
export const readTrainingClip = needsNode("readTrainingClip")
export const readTrainingViews = needsNode("readTrainingViews")
export const reportMissing = needsNode("reportMissing")
export const testClips = needsNode("testClips")
export const windowsOf = needsNode("windowsOf")
export const writeCache = needsNode("writeCache")
export const writeList = needsNode("writeList")
export const writeMp4 = needsNode("writeMp4")
export const writePng = needsNode("writePng")
export const encodePng = needsNode("encodePng")
export const rasterise = needsNode("rasterise")
export const hasFont = needsNode("hasFont")
