export { type HostBatch, maskedBatch } from "./data/batch.js"
export { changeOfClips } from "./data/changed-clips.js"
export { marksOf } from "./data/clip-names.js"
export type { ClipBatch, ClipData, SampleKey, SkippedClip } from "./data/clips.js"
export { batchDrops } from "./data/drops.js"
export { type FileClips, type FileClipsOptions, fileClips } from "./data/files.js"
export { type MaskRequest, type MaskRule, type MaskRules, tokenCounts } from "./data/masks.js"
export { memoryClips } from "./data/memory.js"
export { type Mix, type MixOptions, type MixRequest, mixBatch } from "./data/mix.js"
export { oneBatch } from "./data/one-batch.js"
export { type BaselineOptions, type Baselines, baselines } from "./evaluate/baselines.js"
export { type Classifier, compileClassifier } from "./evaluate/classify.js"
export { effectiveRank } from "./evaluate/effective-rank.js"
export type { FeatureProbe, FeatureScores } from "./evaluate/feature-scores.js"
export { compileFeatures, type FeatureExtractor, featurePool } from "./evaluate/features.js"
export {
  type Example,
  type NeighboursOptions,
  nearestNeighbours,
} from "./evaluate/knn.js"
export {
  type ClassMetrics,
  highest,
  type Metrics,
  metricsOf,
  type ScoredClip,
} from "./evaluate/metrics.js"
export {
  type Merge,
  merged,
  type Prediction,
  type PredictOptions,
  predict,
} from "./evaluate/predict.js"
export {
  compileReconstruct,
  type Reconstruction,
  type ReconstructOptions,
  type Reconstructor,
  reconstruct,
} from "./evaluate/reconstruct.js"
export type { Scores } from "./evaluate/score.js"
export type { Teacher } from "./evaluate/teacher.js"
export { labelsFile, labelsText } from "./files/labels.js"
export { bestName } from "./files/names.js"
export { withCurrentNames } from "./files/older-runs.js"
export { type Alternatives, overlaid } from "./recipe/alternatives.js"
export { defaultMasks } from "./recipe/default-masks.js"
export { type DistillRecipeOptions, distillFields } from "./recipe/distill-fields.js"
export {
  alternativesOf,
  type Field,
  type Fields,
  field,
  type OptionsOf,
  type Settled,
  settledOptions,
  type ValueOf,
  withDefaults,
} from "./recipe/field.js"
export { pretrainFields, type RecipeOptions } from "./recipe/fields.js"
export { type FinetuneRecipeOptions, finetuneFields } from "./recipe/finetune-fields.js"
export { type Frozen, withFrozen } from "./recipe/freeze.js"
export {
  type Decays,
  decaysMae,
  decaysVideo,
  layerLrScale,
  layerOf,
} from "./recipe/parameter-groups.js"
export { type ProbeRecipeOptions, probeFields } from "./recipe/probe-fields.js"
export {
  type PublishedDistillRecipe,
  publishedDistillRecipe,
  publishedDistillRecipes,
} from "./recipe/published/distill.js"
export {
  type PublishedFinetuneRecipe,
  publishedFinetuneRecipe,
  publishedFinetuneRecipes,
} from "./recipe/published/finetune.js"
export {
  type PublishedRecipe,
  publishedRecipe,
  publishedRecipes,
  type RecipeName,
} from "./recipe/published/pretrain.js"
export {
  type PublishedProbeRecipe,
  publishedProbeRecipe,
  publishedProbeRecipes,
} from "./recipe/published/probe.js"
export { type DataCounts, smallData } from "./recipe/published/small-data.js"
export {
  type DistillRecipe,
  type FinetuneRecipe,
  type ProbeRecipe,
  type Recipe,
  type Resolved,
  resolveDistillRecipe,
  resolveFinetuneRecipe,
  resolveProbeRecipe,
  resolveRecipe,
} from "./recipe/recipe.js"
export {
  type CosineOptions,
  cosineSchedule,
  type MaeScheduleOptions,
  maeLearningRate,
  type Schedule,
  scaledRate,
} from "./recipe/schedule.js"
export { showDefault, showField, showNumber } from "./recipe/show.js"
export {
  type Bounds,
  numberType,
  pairType,
  type ValueType,
  wholeType,
} from "./recipe/value-type.js"
export { FailedStepError } from "./run/failed-step.js"
export type { RunLength } from "./run/length.js"
export type { StepResult } from "./run/loop.js"
export { memoryStore } from "./run/memory-store.js"
export {
  disposeState,
  type Init,
  type InitialStateOptions,
  initialState,
  type ReadTensor,
  stateBytes,
  type TrainState,
  whileReserved,
} from "./run/state.js"
export { compileStepper, type Stepper, type StepperOptions } from "./run/stepper.js"
export type {
  BestWeights,
  RunIdentity,
  RunState,
  RunStore,
  Snapshot,
  StepMetrics,
  StoredRun,
} from "./run/store.js"
export type { Task } from "./run/task.js"
export { type RunOptions, type TrainOptions, train } from "./run/train.js"
export { zeros } from "./run/upload.js"
export {
  type AccumulatedStep,
  compileAccumulatedStep,
} from "./step/accumulate.js"
export { type AdamWOptions, adamW, type Moments } from "./step/adamw.js"
export { clipByGlobalNorm, globalNorm } from "./step/clip.js"
export { type LarsOptions, lars } from "./step/lars.js"
export type { Optimizer, OptimizerInputs, OptimizerSpecs } from "./step/optimizer.js"
export { type Rates, type StepOptions, type StepPlan, trainable } from "./step/plan.js"
export { type Momentum, type SgdOptions, sgd } from "./step/sgd.js"
export {
  type CompileStepOptions,
  compileTrainStep,
  stepGraph,
  type TrainStep,
} from "./step/step.js"
export { type Sums, sumSpecs } from "./step/sums.js"
export { type DistillOptions, distill, distillTask } from "./tasks/distill.js"
export {
  compileFinetuneStep,
  type FinetuneOptions,
  type FinetuneShape,
  type FinetuneStep,
  finetune,
  finetuneAdamW,
  finetunePlan,
  finetuneTask,
  type OfModel,
} from "./tasks/finetune.js"
export type { Evaluation, LabelledTask, LabelledTaskOptions } from "./tasks/labelled.js"
export {
  compilePretrainStep,
  type PretrainOptions,
  type PretrainShape,
  type PretrainStep,
  pretrain,
  pretrainPlan,
  pretrainTask,
} from "./tasks/pretrain.js"
export { frozenEncoder, type ProbeOptions, probe, probeTask } from "./tasks/probe.js"
