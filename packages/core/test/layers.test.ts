import { readFileSync } from "node:fs"
import { afterAll, describe, expect, test } from "vitest"
import { compile, gradients, type HostArray, mul, sum, type Traced } from "../src/index.js"
import { referenceBackend } from "../src/testing/index.js"
import { layers, targets } from "./support/layers.js"
import { fixture, readSafetensors, type Stored } from "./support/safetensors.js"

const stored = readSafetensors(fixture("layers/layers.safetensors"))
const unread = new Set(stored.keys())
const backend = referenceBackend()

const read = (name: string): Stored => {
  unread.delete(name)
  return stored.get(name)!
}

/** The entries `PREFIX.X` as X. */
const under = (prefix: string): Record<string, Stored> =>
  Object.fromEntries(
    [...stored.keys()].flatMap((name) =>
      name.startsWith(`${prefix}.`) ? [[name.slice(prefix.length + 1), read(name)]] : [],
    ),
  )

const dataOf = (tensors: Record<string, Stored>) =>
  Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data]))

interface Range {
  readonly max_abs_value: number
  readonly f32_vs_f64_max_abs_err: number
}

const tolerances = (
  JSON.parse(readFileSync(fixture("layers/meta.json"), "utf8")) as {
    tolerance_f32_vs_f64: Record<string, Record<string, Range>>
  }
).tolerance_f32_vs_f64

/**
 * Twice the deviation of the authors' f32 from f64, if recorded; else 1e-6 of the largest element
 * (four matrix products in sequence, in f32).
 */
function expectClose(layer: string, name: string, actual: ArrayLike<number>, { data }: Stored) {
  const stated = tolerances[layer]?.[name]?.f32_vs_f64_max_abs_err
  const expected = Array.from(data)
  const allowed =
    stated === undefined ? 1e-6 * largest(expected) : 2 * stated + 1e-7 * largest(expected)
  expect(actual.length).toBe(expected.length)
  expect(largest(expected.map((x, i) => actual[i] - x)), name).toBeLessThanOrEqual(allowed)
}

const largest = (values: readonly number[]): number =>
  values.reduce((a, b) => Math.max(a, Math.abs(b)), 0)

describe("the authors' layers", () => {
  test.each(Object.keys(layers))("%s", async (name) => {
    const inputs = { ...under(`${name}.in`), ...under(`${name}.param`) }
    const grads = under(`${name}.grad`)
    const expected = read(`${name}.out`)
    // Losses start with a cotangent of 1.
    const upstream = stored.has(`${name}.grad_out`)
      ? read(`${name}.grad_out`)
      : { ...expected, data: expected.data.map(() => 1) as HostArray }
    const specs = { inputs, upstream }
    const f = ({ inputs, upstream }: Traced<typeof specs>) => {
      const out = layers[name](inputs)
      const sources = Object.fromEntries(Object.keys(grads).map((key) => [key, inputs[key]]))
      return { out, ...gradients(sum(mul(out, upstream)), sources) }
    }
    const layer = await compile(backend, f, { specs })
    const results = layer.run({ inputs: dataOf(inputs), upstream: upstream.data })
    expectClose(name, "out", await results.out.data(), expected)
    for (const [key, expected] of Object.entries(grads)) {
      expectClose(name, key, await results.grads[key].data(), expected)
    }
  })

  test.each(Object.entries(targets))("%s", async (name, { from, layer }) => {
    const input = read(`${name.split(".")[0]}.${from}`)
    const specs = { [from]: input }
    const compiled = await compile(backend, (x: Traced<typeof specs>) => ({ out: layer(x) }), {
      specs,
    })
    const { out } = compiled.run({ [from]: input.data })
    expectClose(name, "out", await out.data(), read(name))
  })

  afterAll(() => {
    expect([...unread]).toEqual([])
    expect(stored.size).toBe(189)
  })
})
