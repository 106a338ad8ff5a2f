import type { DType, Shape } from "@tubelet/core"
import { dataTypes } from "../tensor-proto.js"
import type { Emitter } from "../writer.js"

const reshape: Emitter = (w, { inputs: [x], outputs: [y] }) => w.reshape(w.value(x), y.shape)

const permute: Emitter = (w, { inputs: [x], attrs }) =>
  w.op("Transpose", [w.value(x)], { perm: attrs.axes as Shape })

const slice: Emitter = (w, { inputs: [x], attrs }) => {
  const { start, stop } = attrs as { start: Shape; stop: Shape }
  // The batch axis cannot be sliced at a constant: `ints` reports that.
  const axes = x.shape.flatMap((d, i) => (stop[i] - start[i] < d ? [i] : []))
  const pick = (list: Shape) => w.ints(axes.map((a) => list[a]))
  return w.op("Slice", [w.value(x), pick(start), pick(stop), w.ints(axes)])
}

const pad: Emitter = (w, { inputs: [x], attrs }) => {
  const { low, high } = attrs as { low: Shape; high: Shape }
  return w.op("Pad", [w.value(x), w.ints([...low, ...high])])
}

const concat: Emitter = (w, { inputs, attrs }) =>
  w.op(
    "Concat",
    inputs.map((t) => w.value(t)),
    { axis: attrs.axis as number },
  )

const cast: Emitter = (w, { inputs: [x], attrs }) =>
  w.op("Cast", [w.value(x)], { to: dataTypes[attrs.dtype as DType] })

/**
 * A reshape to the same shape, which is computed (without effect) from the shapes of the tensors to
 * wait for: no copy, but a real dependency, and not equal to any other node.
 */
const barrier: Emitter = (w, { inputs: [x, ...after], outputs: [y] }) => {
  const nothing = after.map((t) => w.op("Shape", [w.value(t)], { start: 0, end: 0 }))
  const shape = w.op("Concat", [w.ints(y.shape), ...nothing], { axis: 0 })
  return w.op("Reshape", [w.value(x), shape])
}

export const shape: Readonly<Record<string, Emitter>> = {
  reshape,
  permute,
  slice,
  pad,
  concat,
  cast,
  barrier,
}
