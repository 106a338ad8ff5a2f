export {
  type AttentionConfig,
  attentionParameters,
  type QkvBias,
  selfAttention,
} from "./attention.js"
export {
  type BlockConfig,
  block,
  blockParameters,
  dropPath,
  norm,
  normParameters,
} from "./block.js"
export * as init from "./initialise.js"
export { linearParameters, mlp, mlpParameters } from "./mlp.js"
export { type Declarations, type Initialiser, type Parameters, scope, under } from "./parameters.js"
export {
  embedPatches,
  type Grid,
  gridOf,
  type PatchConfig,
  patchify,
  patchPixels,
  tokenCount,
  unpatchify,
} from "./patches.js"
export { sinCos2d, sinusoid } from "./positions.js"
export { resizePositions } from "./resize-positions.js"
