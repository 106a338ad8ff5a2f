import { type DType, isFloat, type Shape, type Spec, sizeOf, spec } from "../dtype.js"
import { gradients } from "../gradients.js"
import { fromNumbers, toNumbers } from "../half.js"
import { add, mul } from "../ops/elementwise.js"
import { sum } from "../ops/sum.js"
import { random } from "../random/index.js"
import type { Tensor } from "../tensor.js"

/** An input of a sample, and how to fill it. */
export interface SampleInput extends Spec {
  /** The range of random floats; -3 to 3 by default. */
  readonly range?: readonly [number, number]
  /** Fixed elements, if they cannot be random. */
  readonly values?: readonly number[]
}

/** An op call that every backend must get right, and whose gradient is checked. */
export interface Sample {
  /** The exported function. */
  readonly op: string
  /** Unique among all samples. */
  readonly name: string
  readonly inputs: readonly SampleInput[]
  readonly call: (...inputs: Tensor[]) => Tensor | readonly Tensor[]
}

/** An f32 input. */
export const f32 = (shape: Shape, range?: readonly [number, number]): SampleInput =>
  range ? { ...spec("f32", shape), range } : spec("f32", shape)

/** i32 indices. */
export const indices = (shape: Shape, values: readonly number[]): SampleInput => ({
  ...spec("i32", shape),
  values,
})

const integerRanges: Partial<Record<DType, readonly [number, number]>> = {
  i32: [-9, 9],
  u8: [0, 255],
  bool: [0, 1],
}

/** The elements of an input in its dtype's form, determined by the key. */
export function sampleValues(key: string, input: SampleInput): Float64Array {
  const { uniform } = random("sample", key)
  const [low, high] = integerRanges[input.dtype] ?? input.range ?? [-3, 3]
  const whole = !isFloat(input.dtype)
  const draw = () =>
    whole ? Math.floor(low + uniform() * (high - low + 1)) : low + uniform() * (high - low)
  const values = input.values ?? Array.from({ length: sizeOf(input.shape) }, draw)
  return toNumbers(fromNumbers(values, input.dtype), input.dtype)
}

/** Values for all inputs of a sample. */
export const sampleInputs = ({ name, inputs }: Sample): Float64Array[] =>
  inputs.map((input, i) => sampleValues(`${name} ${i}`, input))

const asList = (result: Tensor | readonly Tensor[]): readonly Tensor[] =>
  Array.isArray(result) ? result : [result as Tensor]

/** A sample's outputs, as a list. */
export const outputsOf = ({ call }: Sample, inputs: readonly Tensor[]): readonly Tensor[] =>
  asList(call(...inputs))

const floatsAt = (specs: readonly Spec[]): number[] =>
  specs.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []))

/** A sample's outputs, and the gradients of the float ones times a cotangent each. */
export function outputsAndGradients(
  sample: Sample,
  inputs: readonly Tensor[],
  cotangents: readonly Tensor[],
): { outputs: readonly Tensor[]; grads: readonly Tensor[] } {
  const outputs = outputsOf(sample, inputs)
  const terms = floatsAt(outputs).map((i, n) => sum(mul(outputs[i], cotangents[n])))
  const loss = terms.reduce((a, b) => add(a, b))
  const sources = floatsAt(inputs)
  const { grads } = gradients(loss, Object.fromEntries(sources.map((i) => [i, inputs[i]])))
  return { outputs, grads: sources.map((i) => grads[i]) }
}

/**
 * A sample whose outputs are the gradients of another. Its inputs are those of the other, then a
 * cotangent per float output. Undefined if no float input affects a float output. Applied twice, it
 * gives second derivatives.
 */
export function gradientSample(sample: Sample, outputs: readonly Spec[]): Sample | undefined {
  const floats = floatsAt(outputs)
  if (floats.length === 0 || floatsAt(sample.inputs).length === 0) return undefined
  const cotangents = floats.map((i) => spec(outputs[i].dtype, outputs[i].shape))
  const own = sample.inputs.length
  return {
    op: sample.op,
    name: `gradient of ${sample.name}`,
    inputs: [...sample.inputs, ...cotangents],
    call: (...all) => outputsAndGradients(sample, all.slice(0, own), all.slice(own)).grads,
  }
}
