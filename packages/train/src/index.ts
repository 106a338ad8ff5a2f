export { type AdamWOptions, adamW, type Moments, momentSpecs } from "./adamw.js"
export { clipByGlobalNorm, globalNorm } from "./clip.js"
export {
  type Decays,
  decaysMae,
  decaysVideo,
  layerOf,
  layerRateScale,
} from "./parameter-groups.js"
export {
  type CosineOptions,
  cosineSchedule,
  type MaeScheduleOptions,
  maeLearningRate,
  type Schedule,
  scaledRate,
} from "./schedule.js"
export {
  accumulatedSpecs,
  compileAccumulatedStep,
  compilePretrainStep,
  type PretrainStep,
  type StepOptions,
  trainable,
} from "./step.js"
