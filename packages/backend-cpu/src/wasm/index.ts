export { Arena, Block, type Memory } from "./arena.js"
export { canLoop } from "./kernel.js"
export { type LoopOperands, LoopRunner, type Operand } from "./runner.js"
export { runUpdates, type UpdateSpecs, type UpdateValue } from "./updates.js"
