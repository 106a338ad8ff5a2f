import type { Backend, DeviceArray } from "../backend.js"
import { compile, traceGraph } from "../compile.js"
import type { DType } from "../dtype.js"
import { fromNumbers, toNumbers } from "../half.js"
import { isPrimitive } from "../op.js"
import { optimise } from "../passes/index.js"
import type { Tensor } from "../tensor.js"
import { requireClose } from "./compare.js"
import type { ConformanceCase } from "./conformance-case.js"
import { outputSpecs } from "./finite-differences.js"
import { interpret } from "./interpreter.js"
import { opSamples, samplesIn } from "./op-samples.js"
import { type Plan, plans } from "./plans.js"
import { referenceBackend } from "./reference.js"
import {
  gradientSample,
  outputsAndGradients,
  outputsOf,
  type Sample,
  sampleInputs,
} from "./samples.js"
import { wrongIndexCases } from "./wrong-indices.js"

/**
 * The suite that every backend must pass, including yours: each op in each dtype, with its
 * gradient, against the double-precision interpreter, and whole training plans over several steps.
 *
 *     for (const c of conformanceCases()) test(c.name, () => c.run(backend))
 *
 * `halves` adds the 16-bit float types that the backend supports.
 */
export function conformanceCases({
  halves = [],
}: {
  halves?: readonly ("f16" | "bf16")[]
} = {}): ConformanceCase[] {
  const samples = [...opSamples, ...halves.flatMap((dtype) => samplesIn(dtype))]
  return [...samples.map(sampleCase), ...plans.map(planCase), ...wrongIndexCases]
}

function sampleCase(sample: Sample): ConformanceCase {
  return {
    name: sample.name,
    async run(backend) {
      const derived = gradientSample(sample, outputSpecs(sample))
      // The gradient's inputs are those of the sample, then the cotangents.
      const inputs = (derived ?? sample).inputs
      const values = sampleInputs({ ...sample, inputs })
      const specs = Object.fromEntries(inputs.map((x, i) => [`x${i}`, x]))
      const f = (record: Record<string, Tensor>) => {
        const all = Object.values(record)
        if (!derived) return { output: named(outputsOf(sample, all)), gradient: {} }
        const own = sample.inputs.length
        const both = outputsAndGradients(sample, all.slice(0, own), all.slice(own))
        return { output: named(both.outputs), gradient: named(both.grads) }
      }
      const { graph } = traceGraph(f, specs)
      const expected = interpret(optimise(graph, isPrimitive), values)
      const compiled = await compile(backend, f, { specs, name: sample.name })
      const host = inputs.map((x, i) => [`x${i}`, fromNumbers(values[i], x.dtype)])
      const { output, gradient } = compiled.run(Object.fromEntries(host))
      const found = [...Object.entries(output), ...Object.entries(gradient)]
      for (const [i, [, handle]] of found.entries()) {
        await compareHandle(graph.outputs[i].path, handle, expected[i])
      }
      await compiled.dispose()
    },
  }
}

const named = (tensors: readonly Tensor[]): Record<string, Tensor> =>
  Object.fromEntries(tensors.map((t, i) => [`${i}`, t]))

async function compareHandle(what: string, handle: DeviceArray, expected: ArrayLike<number>) {
  requireClose(what, toNumbers(await handle.data(), handle.dtype), expected, handle)
}

type Seen = readonly [label: string, values: Float64Array, dtype: DType]

function planCase({ name, observe }: Plan): ConformanceCase {
  const observed = async (backend: Backend): Promise<Seen[]> => {
    const seen: Seen[] = []
    await observe(backend, async (label, handle) => {
      seen.push([label, toNumbers(await handle.data(), handle.dtype), handle.dtype])
    })
    return seen
  }
  return {
    name,
    async run(backend) {
      const expected = await observed(referenceBackend())
      const found = await observed(backend)
      for (const [i, [label, values, dtype]] of expected.entries()) {
        requireClose(label, found[i][1], values, { dtype })
      }
    },
  }
}
