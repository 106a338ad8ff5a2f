export { Arena, Block, type Memory } from "./arena.js"
export { canLoop } from "./kernel.js"
export { type LoopOperands, LoopRunner, type Operand } from "./runner.js"
export type { Team } from "./team.js"
export {
  runSteps,
  runUpdates,
  type UpdateSpecs,
  type UpdateValue,
  writeResults,
} from "./updates.js"
