import { expect, test } from "vitest"
import type { Backend, Graph, HostArray, Op, Program, RunValue, Spec } from "../src/index.js"
import { conformanceCases, referenceBackend } from "../src/testing/index.js"

/** The reference backend with a defect in compile or run. */
function broken({
  graph = (g) => g,
  run = (program, inputs) => program.run(inputs),
  supports = () => false,
}: {
  graph?: (graph: Graph) => Graph
  run?: (program: Program, inputs: readonly RunValue[]) => ReturnType<Program["run"]>
  supports?: (op: Op) => boolean
}): Backend {
  const right = referenceBackend()
  const compile = right.compile.bind(right)
  return Object.assign(right, {
    supports,
    async compile(written: Graph) {
      const program = await compile(graph(written), {})
      return { ...program, run: (inputs: readonly RunValue[]) => run(program, inputs) }
    },
  })
}

/** The cases that a backend fails, of those with the given names. */
async function failures(backend: Backend, named: RegExp): Promise<string[]> {
  const failed: string[] = []
  const cases = conformanceCases().filter((c) => named.test(c.name))
  for (const c of cases) await c.run(backend).catch(() => failed.push(c.name))
  return failed
}

const plans = /^plan: |^add /

const withoutInto = (graph: Graph): Graph => ({
  ...graph,
  outputs: graph.outputs.map(({ path, tensor }) => ({ path, tensor })),
})

test("donated handles that are not written", async () => {
  const failed = await failures(broken({ graph: withoutInto }), plans)
  expect(failed).toContain("plan: gradient descent")
  expect(failed).toContain("plan: accumulation by two functions that share handles")
  expect(failed.every((name) => name.startsWith("plan"))).toBe(true)
})

test("donated entries written one after the other", async () => {
  const first = (graph: Graph): Graph => ({
    ...graph,
    outputs: graph.outputs.map((o) => {
      const source = graph.inputs.findIndex((i) => i.tensor === o.tensor)
      // The swap's second entry reads the first one's new value.
      return o.into !== undefined && source >= 0 && source < o.into
        ? { ...o, tensor: graph.outputs.find((other) => other.into === source)?.tensor ?? o.tensor }
        : o
    }),
  })
  expect(await failures(broken({ graph: first }), plans)).toEqual([
    "plan: donated entries that swap",
  ])
})

test("host arrays read late", async () => {
  const late = (program: Program, inputs: readonly RunValue[]) => {
    const results = program.run(inputs)
    return results.map((handle) => {
      const data = async () => {
        await Promise.resolve()
        return program.run(inputs)[results.indexOf(handle)].data()
      }
      return Object.assign(Object.create(handle) as typeof handle, { data })
    })
  }
  expect(await failures(broken({ run: late }), plans)).toContain(
    "plan: host arrays changed after run has returned",
  )
})

test("a claim to support an op that it gets wrong", async () => {
  const failed = await failures(
    broken({ supports: (op) => op.name === "softmax" }),
    /softmax|attention|matmul/,
  )
  expect(failed).toContain("softmax rank 4")
  expect(failed).toContain("attention itself")
  expect(failed).not.toContain("matmul NN")
})

test("indices that are clamped into bounds", async () => {
  const right = referenceBackend()
  const upload = right.upload.bind(right)
  const clamping: Backend = Object.assign(right, {
    upload: (data: HostArray, spec: Spec) =>
      upload(spec.dtype === "i32" ? data.map((i) => Math.min(Math.max(i, 0), 2)) : data, spec),
  })
  const named = /^indices out of bounds/
  const all = conformanceCases().filter((c) => named.test(c.name))
  expect(await failures(clamping, named)).toEqual(all.map((c) => c.name))
  expect(all).toHaveLength(6)
})
