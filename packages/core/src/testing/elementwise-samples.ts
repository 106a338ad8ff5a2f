import { type Shape, sizeOf, spec } from "../dtype.js"
import {
  type ElementwiseName,
  elementwise,
  elementwiseOps,
  type Operand,
} from "../ops/elementwise.js"
import { f32, type Sample, type SampleInput } from "./samples.js"

const shapes: readonly Shape[] = [[], [7], [3, 5], [2, 3, 1, 3], [2, 1, 3, 2, 2]]

/** Few distinct numbers, so that comparisons meet ties. */
const coarse = (input: SampleInput, power: number): SampleInput => ({
  ...input,
  values: Array.from({ length: sizeOf(input.shape) }, (_, i) => i ** (power + 1) % 5),
})

/** Samples from a row's `sample` ranges: each shape, broadcasting, numbers, integers. */
function samplesOf(name: ElementwiseName): Sample[] {
  const row = elementwiseOps[name].elementwise!
  const call = (...x: Operand[]) => elementwise(name, ...x)
  const fill = row.result ? coarse : (input: SampleInput, _: number) => input
  const make = (what: string, inputs: SampleInput[], of: Sample["call"] = call): Sample => ({
    op: name,
    name: `${name} ${what}`,
    inputs: inputs.map(fill),
    call: of,
  })
  const floats = (...perInput: Shape[]) => perInput.map((shape, i) => f32(shape, row.sample[i]))
  const arity = row.sample.length
  const alike = (shape: Shape) => Array<Shape>(arity).fill(shape)
  const integers = row.integers ? [make("i32 [3,5]", Array(arity).fill(spec("i32", [3, 5])))] : []
  const every = shapes.map((shape) => make(`[${shape}]`, floats(...alike(shape))))
  return arity === 1 ? [...every, ...integers] : [...every, ...integers, ...mixed()]

  function mixed(): Sample[] {
    const [left, right] = row.sample.map(([low, high]) => low + 0.75 * (high - low))
    return [
      make("[4,1,3] with [5,1]", floats([4, 1, 3], [5, 1])),
      make("[2,3] with a scalar", floats([2, 3], [])),
      make("a number on the right", floats([5]), (x) => call(x, right)),
      make("a number on the left", [f32([5], row.sample[1])], (y) => call(left, y)),
    ]
  }
}

/** Samples of every elementwise op. */
export const elementwiseSamples: readonly Sample[] = (
  Object.keys(elementwiseOps) as ElementwiseName[]
).flatMap(samplesOf)
