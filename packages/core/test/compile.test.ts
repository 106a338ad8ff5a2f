import { describe, expect, test } from "vitest"
import {
  add,
  compile,
  flatten,
  gatherRows,
  isTensor,
  mapTree,
  mul,
  spec,
  sum,
  tap,
  traceGraph,
  upload,
} from "../src/index.js"
import { referenceBackend } from "../src/testing/index.js"

const pair = spec("f32", [2])
const scalar = spec("f32")

describe("donation", () => {
  test("names an entry of specs", () => {
    expect(() => traceGraph(({ x }) => ({ x }), { x: pair }, { donate: ["y"] })).toThrow(
      'donate names "y", which is not an entry of specs\nthe entries are x',
    )
  })
  test("keeps dtype and shape", () => {
    expect(() => traceGraph(({ x }) => ({ x: sum(x) }), { x: pair }, { donate: ["x"] })).toThrow(
      "x is donated as f32[2] but returned as f32[]",
    )
  })
  test("returns the same handle with new content", async () => {
    const backend = referenceBackend()
    const step = await compile(backend, ({ x }) => ({ x: add(x, 1) }), {
      specs: { x: pair },
      donate: ["x"],
    })
    const x = backend.upload(Float32Array.of(1, 2), pair)
    expect(step.run({ x }).x).toBe(x)
    expect([...(await x.data())]).toEqual([2, 3])
  })
})

describe("values of a run", () => {
  const backend = referenceBackend()
  const specs = { batch: { x: pair, n: spec("i32") }, state: pair, rate: scalar }
  const make = () =>
    compile(
      backend,
      ({ batch, state, rate }) => ({ y: add(batch.x, state), n: batch.n, state: mul(state, rate) }),
      { specs, donate: ["state"] },
    )
  const good = () => ({
    batch: { x: Float32Array.of(1, 2), n: 3 },
    state: backend.upload(Float32Array.of(5, 6), pair),
    rate: 0.5,
  })
  // biome-ignore lint/suspicious/noExplicitAny: the values are wrong on purpose
  const cases: [string, (values: any) => void, string][] = [
    ["missing", (v) => delete v.batch.x, '"batch/x" must be f32[2], got nothing'],
    ["unknown", (v) => Object.assign(v.batch, { z: 1 }), '"batch/z" is not an input'],
    [
      "too long",
      (v) => Object.assign(v.batch, { x: new Float32Array(3) }),
      "got 3 elements\npass 2",
    ],
    [
      "another type",
      (v) => Object.assign(v.batch, { x: Int32Array.of(1, 2) }),
      "got an Int32Array\npass a Float32Array",
    ],
    [
      "another dtype for an i32",
      (v) => Object.assign(v.batch, { n: Uint8Array.of(1) }),
      "got a Uint8Array\npass an Int32Array",
    ],
    [
      "a number for a vector",
      (v) => Object.assign(v.batch, { x: 1 }),
      "only scalars accept a number",
    ],
    [
      "a fraction for an i32",
      (v) => Object.assign(v.batch, { n: 0.5 }),
      "got 0.5\npass an integer",
    ],
    ["a list", (v) => Object.assign(v.batch, { x: [1] }), "batch/x is an Array"],
    ["text", (v) => Object.assign(v.batch, { x: "1" }), "batch/x is a string"],
    [
      "host data donated",
      (v) => Object.assign(v, { state: Float32Array.of(1, 2) }),
      "upload them first",
    ],
    [
      "another shape",
      (v) => Object.assign(v, { state: backend.upload(new Float32Array(3), spec("f32", [3])) }),
      "got f32[3]",
    ],
    [
      "another backend",
      (v) => Object.assign(v, { state: referenceBackend().upload(new Float32Array(2), pair) }),
      "a handle of backend reference",
    ],
    [
      "the donated handle twice",
      (v) => Object.assign(v.batch, { x: v.state }),
      '"batch/x" and the donated "state" are the same handle',
    ],
    ["a disposed handle", (v) => v.state.dispose(), "a handle of f32[2] was disposed"],
  ]
  test.each(cases)("%s is refused", async (_, spoil, message) => {
    const step = await make()
    const values = good()
    step.run(values)
    spoil(values)
    expect(() => step.run(values)).toThrow(message)
  })
})

describe("errors of enqueued work", () => {
  const failing = async () => {
    const backend = referenceBackend()
    const gather = await compile(backend, ({ at }) => ({ y: gatherRows(add(at, 0), at) }), {
      specs: { at: spec("i32", [2]) },
    })
    const run = (...at: number[]) =>
      gather.run({ at: backend.upload(Int32Array.from(at), spec("i32", [2])) })
    return { backend, run }
  }
  test("surface when the result is read, with the user's line", async () => {
    const { backend, run } = await failing()
    const { y } = run(0, 7)
    await expect(y.data()).rejects.toThrow(/gatherRows: index 7 .*\nat .*compile\.test\.ts:\d+/)
    await backend.synchronize()
  })
  test("surface in synchronize if nobody has read them, once", async () => {
    const { backend, run } = await failing()
    run(-1, 0)
    await expect(backend.synchronize()).rejects.toThrow("gatherRows: index -1")
    await backend.synchronize()
  })
  test("do not affect later runs", async () => {
    const { run } = await failing()
    run(0, 7)
    expect([...(await run(1, 0).y.data())]).toEqual([0, 1])
  })
})

describe("records", () => {
  const isNumber = (x: unknown): x is number => typeof x === "number"
  test("flatten to paths in key order, without undefined entries", () => {
    const tree = { b: 1, a: { "x.y": 2, none: undefined as unknown as number } }
    expect(flatten<number>(tree, isNumber)).toEqual([
      ["b", 1],
      ["a/x.y", 2],
    ])
    expect(flatten<number>(3, isNumber)).toEqual([["", 3]])
  })
  test("map with their nesting", () => {
    expect(mapTree<number, string>({ a: { b: 1 } }, isNumber, (x, path) => `${path}=${x}`)).toEqual(
      {
        a: { b: "a/b=1" },
      },
    )
  })
  test.each([
    [null, "null"],
    [[1], "an Array"],
    ["s", "a string"],
  ])("hold no %j", (value, described) => {
    expect(() => flatten({ a: { b: value } } as never, isTensor)).toThrow(`a/b is ${described}`)
  })
})

test("repeated tap names are numbered", () => {
  const twice = ({ x }: { x: Parameters<typeof tap>[1] }) => {
    tap("a", x)
    return { y: tap("a", add(x, 1)) }
  }
  const { graph } = traceGraph(twice, { x: pair }, { taps: true })
  expect(graph.outputs.map((o) => o.path)).toEqual(["y", "taps/a", "taps/a 2"])
})

test("upload checks the number of elements", () => {
  const backend = referenceBackend()
  expect(() => upload(backend, { x: pair }, { x: Float32Array.of(1) })).toThrow(
    "got 1 elements for f32[2]",
  )
})
