export {
  type AccumulatedStep,
  accumulatedSpecs,
  compileAccumulatedStep,
} from "./accumulated-step.js"
export { type AdamWOptions, adamW, type Moments, momentSpecs } from "./adamw.js"
export { clipByGlobalNorm, globalNorm } from "./clip.js"
export { type HostBatch, maskedBatch } from "./data/batch.js"
export type { ClipBatch, ClipData, SampleKey, SkippedClip } from "./data/clips.js"
export { batchDrops } from "./data/drops.js"
export { type FileClips, type FileClipsOptions, fileClips } from "./data/files.js"
export { type MaskRequest, type MaskRule, type MaskRules, tokenCounts } from "./data/masks.js"
export { memoryClips } from "./data/memory.js"
export { FailedStepError } from "./failed-step.js"
export { withCurrentNames } from "./files/older-runs.js"
export { compileFinetuneStep, type FinetuneShape, type FinetuneStep } from "./finetune-step.js"
export type { PretrainStepResult } from "./loop.js"
export { memoryStore } from "./memory-store.js"
export {
  type Decays,
  decaysMae,
  decaysVideo,
  layerOf,
  layerRateScale,
} from "./parameter-groups.js"
export { type PretrainOptions, pretrain } from "./pretrain.js"
export { compilePretrainStep, type PretrainShape, type PretrainStep } from "./pretrain-step.js"
export { defaultMasks, type Recipe, type RecipeOptions, resolveRecipe } from "./recipe.js"
export {
  compileReconstruct,
  type Painter,
  type Reconstruction,
  type ReconstructOptions,
  reconstruct,
} from "./reconstruct.js"
export type {
  RunIdentity,
  RunState,
  RunStore,
  Snapshot,
  StepMetrics,
  StoredRun,
} from "./run-store.js"
export {
  type CosineOptions,
  cosineSchedule,
  type MaeScheduleOptions,
  maeLearningRate,
  type Schedule,
  scaledRate,
} from "./schedule.js"
export {
  disposeState,
  freshState,
  initialState,
  type TrainState,
  whileReserved,
  zeros,
} from "./state.js"
export {
  type CompileStepOptions,
  compileTrainStep,
  type StepOptions,
  type TrainStep,
  trainable,
} from "./step.js"
export { compileStepper, type Rates, type Stepper, type StepperOptions } from "./stepper.js"
