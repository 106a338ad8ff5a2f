export { type FloatType, fromFloats, toFloats } from "./convert.js"
export { type Append, replaceFile } from "./files/replace.js"
export type { ByteSource, Readable } from "./files/source.js"
export {
  fromHuggingFace,
  type OfficialTensor,
  officialTensors,
  toHuggingFace,
  type Weights,
} from "./huggingface.js"
export { openSafetensors, readFloats, type SafetensorsFile } from "./safetensors/read.js"
export { encodeSafetensors, writeSafetensors } from "./safetensors/write.js"
export { writeModel } from "./sharded/write.js"
export type { ElementType, FileTensor, TensorSource, TensorSources } from "./tensor.js"
export type { TensorFile } from "./tensor-file.js"
