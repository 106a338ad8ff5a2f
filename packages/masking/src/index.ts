export { block } from "./block.js"
export { type Clip, clipOf } from "./clip.js"
export { type DrawRequest, drawMask, keptCount } from "./draw.js"
export { frame } from "./frame.js"
export { hiddenTokens, keptOf, maskOf } from "./kept.js"
export { type MaskingName, maskingNamed, maskings } from "./maskings.js"
export { keepSmallest, random, randomVideo } from "./random.js"
export { runningCell, runningCellMask } from "./running-cell.js"
export {
  defineMasking,
  type Grid,
  type Masking,
  type SampleContext,
  tokensOf,
} from "./strategy.js"
export { tube } from "./tube.js"
