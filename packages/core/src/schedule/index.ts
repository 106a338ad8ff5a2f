export { flashForwardOp, flashGradientKVOp, flashGradientQOp } from "../ops/flash.js"
export * from "./expression.js"
<<<<<<< HEAD
export { FreeList, type Range } from "./free-list.js"
=======
export { flashAttention } from "./flash.js"
>>>>>>> refs/heads/gpu-attention
export { fuseUpdates, type LoopStep, type UpdateProgram } from "./fuse.js"
export * from "./kernel.js"
export * from "./loop.js"
export type { VectorSource } from "./loop-builder.js"
export * from "./memory.js"
export * from "./position.js"
export type { ScalarStep } from "./scalars.js"
export { type Schedule, schedule } from "./schedule.js"
export { type Sides, splitProducts, splitReductions } from "./split.js"
export { placeOf, readsOf, storesOf, valuesOf, writesOf } from "./touched.js"
export { type CanLoop, type Split, splitUpdates } from "./updates.js"
