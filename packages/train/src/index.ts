export { type AdamWOptions, adamW, type Moments, momentSpecs } from "./adamw.js"
export { clipByGlobalNorm, globalNorm } from "./clip.js"
export {
  accumulatedSpecs,
  compileAccumulatedStep,
  compilePretrainStep,
  type PretrainStep,
  type StepOptions,
  trainable,
} from "./step.js"
