export { type Attribute, float } from "./attributes.js"
export {
  type ConstantOptions,
  type Dimension,
  type FileOptions,
  type NodeOptions,
  OnnxGraph,
} from "./model.js"
export { largestFile } from "./stored-inputs.js"
export { openBatch } from "./symbolic-batch.js"
export type { OnnxArray, OnnxType, TensorData } from "./tensor-proto.js"
export {
  type OnnxFile,
  type OnnxOptions,
  onnxSupports,
  portableSupports,
  toOnnx,
} from "./to-onnx.js"
