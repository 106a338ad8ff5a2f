export { requireClose } from "./compare.js"
export { conformanceCases } from "./conformance.js"
export type { ConformanceCase } from "./conformance-case.js"
export {
  type GradientError,
  outputSpecs,
  sampleGraph,
  worstGradient,
} from "./finite-differences.js"
export { interpret } from "./interpreter.js"
export type { Values } from "./kernels.js"
export { opSamples } from "./op-samples.js"
export { referenceBackend } from "./reference.js"
export {
  gradientSample,
  outputsAndGradients,
  outputsOf,
  type Sample,
  type SampleInput,
  sampleInputs,
  sampleValues,
} from "./samples.js"
