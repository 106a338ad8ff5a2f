export { castFloats } from "./cast.js"
export type { Weights } from "./containers.js"
export { type FloatType, fromFloats, toFloats } from "./convert.js"
export { type JsonObject, readJsonObject } from "./files/json.js"
export { type Release, takeLock } from "./files/lock.js"
export type { ByteSource, Readable } from "./files/source.js"
export {
  describeFit,
  type FitReport,
  fitReport,
  type Loaded,
  loadWeights,
  type Needs,
  requireFit,
} from "./fit.js"
export type { HubProgress } from "./hub/download.js"
export { isHubReference } from "./hub/reference.js"
export { type HubOptions, hubWeights } from "./hub/weights.js"
export { formatConfig, type ReadConfig, readConfig } from "./huggingface/config.js"
export type { HuggingFaceModel, StackShape } from "./huggingface/model.js"
export {
  formatPreprocessor,
  type Preprocessor,
  readPreprocessor,
} from "./huggingface/preprocessor.js"
export type { Contents, Kind, Naming } from "./names/detect.js"
export { fromHuggingFace } from "./names/floats.js"
export {
  decoderNames,
  encoderNames,
  huggingFaceNames,
  officialNames,
  timmNames,
} from "./names/schemes.js"
export { type Checkpoint, type OpenOptions, openCheckpoint } from "./open/checkpoint.js"
export { locateWeights } from "./open/locate.js"
export { type Format, openStored, type StoredFile } from "./open/stored.js"
export { encodePth, writePth } from "./pth/write.js"
export { openSafetensors, readFloats, type SafetensorsFile } from "./safetensors/read.js"
export { encodeSafetensors, writeSafetensors } from "./safetensors/write.js"
export { type SavedArgs, savedArgs } from "./saved-args.js"
export { writeModel } from "./sharded/write.js"
export type { ElementType, FileTensor, TensorSource, TensorSources } from "./tensor.js"
export type { TensorFile } from "./tensor-file.js"
export { withTensors } from "./with-tensors.js"
