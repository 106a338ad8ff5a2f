export type { FitHints, ModelKind } from "./config-of-shapes.js"
export { type Fit, fitWeights, type WrongShape } from "./fit.js"
export { type Transfer, type TransferOptions, transferWeights } from "./transfer.js"
