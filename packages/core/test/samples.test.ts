import { expect, test } from "vitest"
import * as core from "../src/index.js"
import { graphNodes } from "../src/index.js"
import * as adamw from "../src/ops/adamw.js"
import * as attention from "../src/ops/attention.js"
import * as collective from "../src/ops/collective.js"
import * as elementwise from "../src/ops/elementwise.js"
import * as indexRows from "../src/ops/index-rows.js"
import * as loss from "../src/ops/loss.js"
import * as matmul from "../src/ops/matmul.js"
import * as normalise from "../src/ops/normalise.js"
import * as reduce from "../src/ops/reduce.js"
import * as shape from "../src/ops/shape.js"
import * as source from "../src/ops/source.js"
import * as sums from "../src/ops/sum.js"
import {
  gradientSample,
  opSamples,
  outputSpecs,
  outputsOf,
  type Sample,
} from "../src/testing/index.js"

/** Exported functions that create no node. */
const helpers = [
  "axisOf",
  "elementwise",
  "allAxes",
  "scalarValue",
  "input",
  "attentionFlops",
  "isCollective",
  "reduce",
  "reducedSpec",
]

const families = [
  adamw,
  attention,
  collective,
  elementwise,
  indexRows,
  loss,
  matmul,
  normalise,
  reduce,
  shape,
  source,
  sums,
]

test("every op that core exports has samples", () => {
  const exported = families.flatMap((family) =>
    Object.entries(family).flatMap(([name, value]) => (typeof value === "function" ? [name] : [])),
  )
  const sampled = new Set(opSamples.map((s) => s.op))
  expect(exported.filter((name) => !helpers.includes(name) && !sampled.has(name))).toEqual([])
  expect(exported.length).toBeGreaterThan(50)
})

test("each elementwise op is exported under its name", () => {
  const { graph } = core.traceGraph((inputs) => inputs, { x: core.spec("f32", [2]) })
  const x = graph.inputs[0].tensor
  for (const [name, op] of Object.entries(core.elementwiseOps)) {
    // biome-ignore lint/performance/noDynamicNamespaceImportAccess: what is exported is tested
    const call: (...x: core.Operand[]) => core.Tensor = core[name as core.ElementwiseName]
    expect(call(x, x).node.op).toBe(op)
  }
})

const isOp = (value: unknown): value is core.Op =>
  typeof value === "object" && value !== null && typeof (value as core.Op).shape === "function"

const opNames = (sample: Sample): string[] => {
  const specs = Object.fromEntries(sample.inputs.map((x, i) => [i, x]))
  const { graph } = core.traceGraph(
    (x) => Object.fromEntries(outputsOf(sample, Object.values(x)).map((y, i) => [i, y])),
    specs,
  )
  return graphNodes(graph).map((node) => node.op.name)
}

test("the samples and their gradients cover every op", () => {
  const known = [...Object.values(core).filter(isOp), ...Object.values(core.elementwiseOps)]
  const met = new Set(
    opSamples.flatMap((sample) => {
      const derived = gradientSample(sample, outputSpecs(sample))
      return [...opNames(sample), ...(derived ? opNames(derived) : [])]
    }),
  )
  expect(known.map((op) => op.name).filter((name) => !met.has(name))).toEqual([])
  expect(known.length).toBeGreaterThan(40)
})

test("samples have unique names", () => {
  const names = opSamples.map((s) => s.name)
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
})
