import { traceGraph } from "../compile.js"
import { isFloat } from "../dtype.js"
import type { Graph } from "../graph.js"
import { isPrimitive } from "../op.js"
import { optimise } from "../passes/index.js"
import { interpret } from "./interpreter.js"
import type { Values } from "./kernels.js"
import { gradientSample, outputsOf, type Sample, sampleInputs } from "./samples.js"

/** Half the step of a central difference; its error is of the order of the square. */
const step = 1e-4

/** Traces a sample's outputs as primitives. */
export function sampleGraph(sample: Sample): Graph {
  const specs = Object.fromEntries(sample.inputs.map((x, i) => [`x${i}`, x]))
  const { graph } = traceGraph((inputs) => {
    const ys = outputsOf(sample, Object.values(inputs))
    return Object.fromEntries(ys.map((y, i) => [`y${i}`, y]))
  }, specs)
  return optimise(graph, isPrimitive)
}

/** The specs of a sample's outputs. */
export const outputSpecs = (sample: Sample) => sampleGraph(sample).outputs.map((o) => o.tensor)

export interface GradientError {
  /** The float input, the element, and both derivatives. */
  readonly input: number
  readonly element: number
  readonly gradient: number
  readonly difference: number
  /** Their difference, relative to the largest derivative (or to 1 if that is larger). */
  readonly error: number
}

/**
 * Compares a sample's gradient with central differences, element by element, in double precision.
 * Returns the worst element; undefined if the sample has no gradient.
 */
export function worstGradient(sample: Sample): GradientError | undefined {
  const outputs = sampleGraph(sample)
  const specs = outputs.outputs.map((o) => o.tensor)
  const derived = gradientSample(sample, specs)
  if (derived === undefined) return undefined
  const values = sampleInputs(derived)
  const found = interpret(sampleGraph(derived), values)
  const inputs = values.slice(0, sample.inputs.length)
  const cotangents = values.slice(inputs.length)
  const loss = () =>
    weighted(
      interpret(outputs, inputs),
      specs.map(({ dtype }) => isFloat(dtype)),
      cotangents,
    )
  const sources = sample.inputs.flatMap((x, i) => (isFloat(x.dtype) ? [i] : []))
  const rows = sources.flatMap((input, n) =>
    [...inputs[input].keys()].map((element) => ({
      input,
      element,
      gradient: found[n][element],
      difference: centralDifference(loss, inputs[input], element),
    })),
  )
  const scale = rows.reduce((a, { difference }) => Math.max(a, Math.abs(difference)), 1)
  const errors = rows.map((row) => {
    const error = Math.abs(row.gradient - row.difference) / scale
    return { ...row, error: Number.isNaN(error) ? Number.POSITIVE_INFINITY : error }
  })
  return errors.reduce((a, b) => (b.error > a.error ? b : a))
}

function centralDifference(loss: () => number, x: Values, element: number): number {
  const before = x[element]
  x[element] = before + step
  const above = loss()
  x[element] = before - step
  const below = loss()
  x[element] = before
  return (above - below) / (2 * step)
}

/** The sum of float outputs times their cotangents. */
function weighted(outputs: Values[], counts: boolean[], cotangents: Values[]): number {
  const floats = outputs.filter((_, i) => counts[i])
  return floats.reduce(
    (total, y, n) => total + y.reduce((t, value, i) => t + value * cotangents[n][i], 0),
    0,
  )
}
