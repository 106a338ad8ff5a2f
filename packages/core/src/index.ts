export * from "./backend.js"
export {
  type Compiled,
  compile,
  disposeAll,
  isSpec,
  type Results,
  type Traced,
  type TraceOptions,
  traceGraph,
  upload,
  type Values,
} from "./compile.js"
export * from "./dtype.js"
export { DeviceLostError, ShapeError, TubeletError } from "./errors.js"
export { FreeList, type Span } from "./free-list.js"
export { gradients, pullBack } from "./gradients.js"
export * from "./graph.js"
export * from "./half.js"
export { disposedBackend, disposedHandle, itemOf, requireFilled } from "./handles.js"
export { type Applied, apply, apply1, isPrimitive, isSource, type Op, type OpKind } from "./op.js"
export * from "./ops/adamw.js"
export {
  type AttentionAttrs,
  attention,
  attentionGradientOp,
  attentionOp,
} from "./ops/attention.js"
export { allReduce, allReduceOp } from "./ops/collective.js"
export * from "./ops/elementwise.js"
export type { ElementwiseRow } from "./ops/elementwise-row.js"
export * from "./ops/index-rows.js"
export * from "./ops/loss.js"
export * from "./ops/matmul.js"
export * from "./ops/normalise.js"
export * from "./ops/reduce.js"
export * from "./ops/shape.js"
export * from "./ops/source.js"
export { allAxes, broadcast, broadcastOp, type ReduceOptions, sum, sumOp } from "./ops/sum.js"
export * from "./passes/index.js"
export { recompute } from "./recompute.js"
export { flatten, mapTree, type Tree } from "./records.js"
export { describeSite, type Site } from "./site.js"
export { type ConstantAttrs, Node, Tensor } from "./tensor.js"
export { isTensor, tap, tapped } from "./trace.js"
export { UnreadErrors } from "./unread-errors.js"
