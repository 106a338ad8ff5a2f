import { describe, expect, test } from "vitest"
import { add, compile, gatherRows, gatherTokens, scatterRows, spec } from "../src/index.js"
import { referenceBackend } from "../src/testing/index.js"

const backend = referenceBackend()
const x = spec("f32", [2, 6, 3])
const index = spec("i32", [2, 2])

describe("indices from the host", () => {
  test("are rejected with element, count and the user's line", async () => {
    const f = await compile(backend, ({ x, index }) => ({ y: gatherTokens(x, index) }), {
      specs: { x, index },
    })
    const run = (...at: number[]) =>
      f.run({ x: new Float32Array(36), index: Int32Array.from(at) }).y
    expect(run(0, 5, 3, 1).shape).toEqual([2, 2, 3])
    expect(() => run(0, 5, 6, 1)).toThrow(
      'run: index 6 at element 2 of "index" is out of bounds: gatherTokens indexes 6 rows\npass',
    )
    expect(() => run(0, 5, 1, -1)).toThrow(/index -1 at .*\n.* 0 to 5; .*indices\.test\.ts:\d+/)
  })

  test("are checked against the op with the fewest rows", async () => {
    const specs = { wide: spec("f32", [9, 3]), narrow: spec("f32", [4, 3]), at: spec("i32", []) }
    const f = await compile(
      backend,
      ({ wide, narrow, at }) => ({ y: add(gatherRows(wide, at), gatherRows(narrow, at)) }),
      { specs },
    )
    const tables = { wide: new Float32Array(27), narrow: new Float32Array(12) }
    f.run({ ...tables, at: 3 })
    expect(() => f.run({ ...tables, at: 4 })).toThrow("index 4 at element 0")
  })

  test("are checked where rows are scattered, and only where they are indices", async () => {
    const specs = { rows: spec("f32", [2, 3]), at: spec("i32", [2]), number: spec("i32", [2]) }
    const f = await compile(
      backend,
      ({ rows, at, number }) => ({ y: scatterRows(rows, at, 4), z: add(number, 1) }),
      { specs },
    )
    const rows = new Float32Array(6)
    f.run({ rows, at: Int32Array.of(3, 0), number: Int32Array.of(-7, 99) })
    expect(() => f.run({ rows, at: Int32Array.of(0, 4), number: Int32Array.of(0, 0) })).toThrow(
      "scatterRows indexes 4 rows",
    )
  })
})
