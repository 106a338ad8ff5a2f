export type { CustomTransform, Transform, TransformName } from "./augment/kinds.js"
export type { DrawnTransform, RgbFrames, Transformer, View } from "./augment/transform.js"
export type { CacheOptions } from "./cache-writer/options.js"
export { type CacheProgress, writeCache } from "./cache-writer/write.js"
export { type AcrossOptions, clipsAcross } from "./clip/across.js"
export { openItem } from "./clip/open-item.js"
export type { PixelArray, PixelType } from "./clip/pixel-type.js"
export { imageCentre, publishedTransforms } from "./clip/published.js"
export {
  type ClipAtOptions,
  readClipAt,
  readTrainingClip,
  readTrainingViews,
  type SourceFacts,
} from "./clip/read.js"
export {
  type Clip,
  type ClipRecipe,
  prepareClip,
  prepareViews,
  type ViewRecipe,
} from "./clip/recipe.js"
export { type TestView, type TestViewsOptions, testViews } from "./clip/test-views.js"
export { type Window, type WindowsOptions, windowsOf } from "./clip/windows.js"
export { centreCrop, shortSideSize } from "./crop/centre.js"
export { multiScaleCrop, multiScaleOffsets, multiScaleSizes } from "./crop/multi-scale.js"
export { cropFrames, flipFrames } from "./crop/pixels.js"
export { type RandomResizedCropOptions, randomResizedCrop } from "./crop/random-resized.js"
export { readClassNames } from "./dataset/class-names.js"
export { type Dataset, type DatasetOptions, dataset } from "./dataset/dataset.js"
export { type DiscoverOptions, discover } from "./dataset/discover.js"
export {
  defineKind,
  type Kind,
  type KindRequest,
  type ListedClip,
  type Listing,
} from "./dataset/kind.js"
export { parseList, readList } from "./dataset/list-file.js"
export { listFiles } from "./dataset/list-names.js"
export { type MissingOptions, reportMissing } from "./dataset/missing.js"
export type { Place } from "./dataset/place.js"
export { writeList } from "./dataset/write-list.js"
export { MediaError } from "./decode/errors.js"
export { type FrameFolderOptions, openFrameFolder } from "./decode/frame-folder.js"
export { isPicture, isVideo } from "./decode/kinds.js"
export { openBlob } from "./decode/no-web-codecs.js"
export { open } from "./decode/open.js"
export { readPicture } from "./decode/picture.js"
export type { Pixels } from "./decode/pixels.js"
export type { Frames, FramesOptions, Source } from "./decode/source.js"
export type { Rect, Size } from "./geometry.js"
export type { CachedClip, ClipItem, TimeRange } from "./item.js"
export type { Batch, Sample, SkippedClip } from "./loader/batch.js"
export {
  type CheckClipsOptions,
  type CheckedClip,
  checkClips,
} from "./loader/check-clips.js"
export { type Duplicate, type FindDuplicatesOptions, findDuplicates } from "./loader/duplicates.js"
export { defaultWorkers, type LoadOptions, load } from "./loader/loader.js"
export { type TestClip, type TestClipsOptions, testClips } from "./loader/test-clips.js"
export {
  type PreparedClip,
  type PrepareOptions,
  prepareDataset,
} from "./prepare/prepare.js"
export { cropResizeFloat, type FloatFrames } from "./resize/float.js"
export { type ResizeMethod, resize } from "./resize/resize.js"
export { centredDenseFrameIds, denseFrameIds, randomDenseFrameIds } from "./sampling/dense.js"
export { type Sampling, sampledFrameIds } from "./sampling/kinds.js"
export { clipFrameIds, randomClipFrameIds, startCount } from "./sampling/pretraining.js"
export {
  middleSegmentFrameIds,
  randomSegmentFrameIds,
  segmentViewFrameIds,
} from "./sampling/segments.js"
export { clipTimes } from "./sampling/times.js"
export { spatialView, stridedFrameIds, temporalStart } from "./sampling/views.js"
export type { CheckFacts } from "./workers/check-clip.js"
export { readClipInSubprocess } from "./workers/read-clip.js"
export type { ReadCosts } from "./workers/task.js"
export { blank, frameOf, type Picture, paste } from "./write/canvas.js"
export {
  type ContactSheetOptions,
  contactSheet,
  type Film,
  filmStrips,
  type Panel,
  sideBySide,
} from "./write/compose.js"
export { drawMask, type TokenGrid } from "./write/mask.js"
export { writeMp4 } from "./write/mp4.js"
export { encodePng, writePng } from "./write/png.js"
export { rgba } from "./write/rgba.js"
export { hasFont, rasterise } from "./write/svg.js"
