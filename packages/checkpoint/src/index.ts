export {
  fromHuggingFace,
  type OfficialTensor,
  officialTensors,
  toHuggingFace,
  type Weights,
} from "./huggingface.js"
export { openSafetensors, parseSafetensors, readFloats, type TensorFile } from "./read.js"
export type { ElementType, Header, TensorEntry } from "./safetensors.js"
export { type FileTensor, fromFloats, toFloats } from "./tensor.js"
export { type TensorSource, writeSafetensors } from "./write.js"
