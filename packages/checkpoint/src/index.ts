export { type Append, replaceFile } from "./files/replace.js"
export type { ByteSource, Readable } from "./files/source.js"
export {
  fromHuggingFace,
  type OfficialTensor,
  officialTensors,
  toHuggingFace,
  type Weights,
} from "./huggingface.js"
export type { ElementType, Header, TensorEntry } from "./safetensors/header.js"
export { openSafetensors, readFloats, type TensorFile } from "./safetensors/read.js"
export {
  encodeSafetensors,
  type TensorSource,
  type TensorSources,
  writeSafetensors,
} from "./safetensors/write.js"
export { type FileTensor, fromFloats, toFloats } from "./tensor.js"
