import type { DType, Tensor } from "@tubelet/core"
import {
  along,
  applied,
  at,
  type Expression,
  guarded,
  type LoopNest,
  literal,
  load,
  loaded,
  modulus,
  over,
  type Position,
  plus,
  result,
  times,
} from "@tubelet/core/schedule"
import { describe, expect, it } from "vitest"
import { computed, expectNest, mapOf, tensor } from "../support/kernels.js"

/** Numbers without a short period. */
const noise = (count: number, scale = 2) =>
  Float32Array.from({ length: count }, (_, i) => scale * Math.sin(i * 12.9898 + 0.3))

const add = (x: Expression, y: Expression) => applied("add", [x, y], x.dtype)
const mul = (x: Expression, y: Expression) => applied("mul", [x, y], x.dtype)
const sub = (x: Expression, y: Expression) => applied("sub", [x, y], x.dtype)
const cast = (x: Expression, dtype: DType) => applied("cast", [x], dtype)
const f32 = (value: number) => literal(value, "f32")

const o = (extent: number) => along("o", extent)

describe("map", () => {
  it.each([1, 3, 4, 255, 1030])("adds and multiplies %i elements", async (n) => {
    const [x, y, z] = [tensor("f32", n), tensor("f32", n), tensor("f32", n)]
    const value = add(mul(load(x, o(n)), load(y, o(n))), f32(0.1))
    const kernel = mapOf(n, { tensor: z, value })
    const data = new Map([
      [x, noise(n)],
      [y, noise(n, 3)],
    ])
    const { label, code } = await expectNest(kernel, data, { tolerance: 1e-6 })
    expect(label).toBe(`map mul+add [${n}]`)
    if (n > 1) expect(code).toContain("var<storage, read> t0: array<vec4<f32>>")
  })

  /** [rows, columns] of one tensor, each element read where `position` says. */
  async function moved(rows: number, columns: number, count: number, position: Position) {
    const x = tensor("f32", count)
    const y = tensor("f32", rows * columns)
    const kernel = mapOf(rows * columns, { tensor: y, value: load(x, position) })
    return expectNest(kernel, new Map([[x, noise(count)]]))
  }
  const row = (rows: number, columns: number) => over(o(rows * columns), columns)
  const column = (rows: number, columns: number) => modulus(o(rows * columns), columns)

  it("broadcasts along rows in fours, if divisible", async () => {
    const { code } = await moved(5, 8, 8, column(5, 8))
    expect(code).toContain("load4_t0")
    await moved(3, 5, 5, column(3, 5))
  })

  it("broadcasts along columns with one read per four, if divisible", async () => {
    const { code } = await moved(5, 8, 5, row(5, 8))
    expect(code).toContain("load_t0")
    await moved(3, 5, 3, row(3, 5))
  })

  it("permutes", async () => {
    await moved(6, 8, 48, plus(times(column(6, 8), 6), row(6, 8)))
    await moved(5, 7, 35, plus(times(column(5, 7), 5), row(5, 7)))
  })

  it("slices in fours, if the start is divisible", async () => {
    const { code } = await moved(3, 8, 100, plus(plus(times(row(3, 8), 20), column(3, 8)), at(4)))
    expect(code).toContain("load4_t0")
    await moved(3, 8, 100, plus(plus(times(row(3, 8), 20), column(3, 8)), at(5)))
  })

  it("pads: positions out of range give the other value", async () => {
    const x = tensor("f32", 6)
    const y = tensor("f32", 15)
    const p = plus(o(15), at(-5))
    const value = guarded(p, 0, 6, load(x, p), f32(-1))
    await expectNest(mapOf(15, { tensor: y, value }), new Map([[x, noise(6)]]))
  })

  it("divides negative positions like floor", async () => {
    const x = tensor("f32", 8)
    const y = tensor("f32", 24)
    const shifted = plus(o(24), at(-7))
    const p = over(shifted, 3)
    const rest = cast(f32(2), "f32")
    const value = guarded(p, -1, 4, guarded(p, 0, 4, load(x, p), f32(9)), rest)
    const odd = guarded(modulus(shifted, 5), 1, 3, f32(1), f32(0))
    const backwards = over(plus(at(7), times(o(24), -1)), 3)
    const turned = guarded(backwards, -2, 2, f32(1), f32(0))
    const [z, w] = [tensor("f32", 24), tensor("f32", 24)]
    const stores = [
      { tensor: y, value },
      { tensor: z, value: odd },
      { tensor: w, value: turned },
    ]
    const kernel = mapOf(24, ...stores)
    await expectNest(kernel, new Map([[x, noise(8)]]))
  })

  it("concatenates", async () => {
    const [x, y, z] = [tensor("f32", 3, 4), tensor("f32", 3, 8), tensor("f32", 3, 12)]
    const [i, j] = [row(3, 12), column(3, 12)]
    const second = load(y, plus(plus(times(i, 8), j), at(-4)))
    const value = guarded(j, 0, 4, load(x, plus(times(i, 4), j)), second)
    const data = new Map([
      [x, noise(12)],
      [y, noise(24, 5)],
    ])
    const { code } = await expectNest(mapOf(36, { tensor: z, value }), data)
    expect(code).not.toContain("gather")
  })

  it("gathers rows by an index in memory", async () => {
    const [table, index, out] = [tensor("f32", 7, 8), tensor("i32", 5), tensor("f32", 5, 8)]
    const [i, j] = [row(5, 8), column(5, 8)]
    const p = plus(times(loaded(load(index, i), 7), 8), j)
    const data = new Map<Tensor, ArrayLike<number>>([
      [table, noise(56)],
      [index, [6, 0, 3, 3, 1]],
    ])
    const { code } = await expectNest(mapOf(40, { tensor: out, value: load(table, p) }), data)
    expect(code).toContain("load4_t1")
  })

  it("gathers single elements by an index in memory", async () => {
    const [table, index, out] = [tensor("f32", 7), tensor("i32", 9), tensor("f32", 9)]
    const value = load(table, loaded(load(index, o(9)), 7))
    const data = new Map<Tensor, ArrayLike<number>>([
      [table, noise(7)],
      [index, [6, 0, 3, 3, 1, 2, 5, 4, 0]],
    ])
    await expectNest(mapOf(9, { tensor: out, value }), data)
  })

  it.each([8, 13])("reads and writes bytes: %i", async (n) => {
    const [u, mask, bytes, y, wrapped] = [
      tensor("u8", n),
      tensor("bool", n),
      tensor("u8", n),
      tensor("f32", n),
      tensor("f32", n),
    ]
    const x = cast(load(u, o(n)), "f32")
    const condition = applied("less", [x, f32(100)], "bool")
    const stores = [
      { tensor: mask, value: condition },
      { tensor: bytes, value: cast(sub(mul(x, f32(3)), f32(200)), "u8") },
      { tensor: y, value: applied("select", [condition, x, f32(-1.5)], "f32") },
      { tensor: wrapped, value: cast(cast(sub(x, f32(50)), "u8"), "f32") },
    ]
    const data = new Map([[u, Uint8Array.from({ length: n }, (_, i) => (i * 57) % 256)]])
    await expectNest(mapOf(n, ...stores), data)
  })

  it("reads bytes and masks one by one and out of order", async () => {
    const [u, mask, y] = [tensor("u8", 21), tensor("bool", 7), tensor("f32", 21)]
    const turned = plus(times(modulus(o(21), 7), 3), over(o(21), 7))
    const single = applied("cast", [load(mask, modulus(o(21), 7))], "f32")
    const value = add(cast(load(u, turned), "f32"), single)
    const data = new Map<Tensor, ArrayLike<number>>([
      [u, Uint8Array.from({ length: 21 }, (_, i) => i * 11)],
      [mask, [1, 0, 0, 1, 1, 0, 1]],
    ])
    await expectNest(mapOf(21, { tensor: y, value }), data)
  })

  it("computes with i32, truncates and compares", async () => {
    const [x, y, z, b] = [tensor("f32", 9), tensor("i32", 9), tensor("i32", 9), tensor("bool", 9)]
    const whole = cast(load(x, o(9)), "i32")
    const other = load(y, o(9))
    const most = applied("maximum", [mul(whole, other), literal(-4, "i32")], "i32")
    const stores = [
      { tensor: z, value: applied("neg", [applied("abs", [most], "i32")], "i32") },
      { tensor: b, value: applied("equal", [whole, other], "bool") },
    ]
    const data = new Map<Tensor, ArrayLike<number>>([
      [x, noise(9, 3)],
      [y, [2, -1, 0, 1, -2, 3, 1, 0, 2]],
    ])
    await expectNest(mapOf(9, ...stores), data)
  })

  it.each(["f16", "bf16"] as const)("reads and writes %s", async (dtype) => {
    const [x, y, z] = [tensor(dtype, 10), tensor(dtype, 10), tensor("f32", 10)]
    // Multiples of a half are exact in both.
    const turned = load(x, plus(times(modulus(o(10), 2), 5), over(o(10), 2)))
    const stores = [
      { tensor: y, value: mul(load(x, o(10)), literal(-0.5, dtype)) },
      { tensor: z, value: cast(turned, "f32") },
    ]
    const data = new Map([[x, Float32Array.from({ length: 10 }, (_, i) => i - 4.5)]])
    await expectNest(mapOf(10, ...stores), data)
  })

  it("updates a tensor in place, bound once", async () => {
    const [p, g] = [tensor("f32", 10), tensor("f32", 10)]
    const value = sub(load(p, o(10)), mul(load(g, o(10)), f32(0.5)))
    const data = new Map([
      [p, noise(10)],
      [g, noise(10, 3)],
    ])
    const { bindings } = await expectNest(mapOf(10, { tensor: p, value }), data, {
      tolerance: 1e-6,
    })
    expect(bindings.map((b) => b.access)).toEqual(["read_write", "read"])
  })

  it("computes a shared subexpression once", async () => {
    const [x, y] = [tensor("f32", 8), tensor("f32", 8)]
    const e = applied("exp", [load(x, o(8))], "f32")
    const { code } = await expectNest(
      mapOf(8, { tensor: y, value: add(e, mul(e, e)) }),
      new Map([[x, noise(8)]]),
      { tolerance: 1e-5 },
    )
    expect(code.match(/= exp_f32x4\(/g)).toHaveLength(1)
  })

  it("generates equal code, and equal bits, for equal kernels over other tensors", async () => {
    const kernels = [1, 2].map(() => layerNorm(9, 300, 2))
    const shaders = []
    for (const { kernel, data } of kernels) shaders.push(await computed(kernel, data))
    const [a, b] = shaders
    expect(a.shader.code).toBe(b.shader.code)
    expect([...a.found.values()]).toEqual([...b.found.values()])
  })

  it("supports literals of infinity and NaN", async () => {
    const y = tensor("f32", 4)
    const low = applied("maximum", [f32(Number.NEGATIVE_INFINITY), f32(-3)], "f32")
    await expectNest(mapOf(4, { tensor: y, value: low }), new Map())
  })
})

/** Layer norm in one nest: the mean, the variance about it, and optionally a third sum. */
function layerNorm(outer: number, inner: number, count: 1 | 2 | 3) {
  const [x, scale] = [tensor("f32", outer, inner), tensor("f32", inner)]
  const [y, mean] = [tensor("f32", outer, inner), tensor("f32", outer)]
  const r = along("r", inner)
  const element = load(x, plus(times(along("o", outer), inner), r))
  const average = mul(result(0, "f32"), f32(1 / inner))
  const centred = sub(element, average)
  const variance = add(mul(result(1, "f32"), f32(1 / inner)), f32(1e-6))
  const normal = applied("div", [centred, applied("sqrt", [variance], "f32")], "f32")
  const scaled = mul(normal, load(scale, r))
  const values = [element, mul(centred, centred), mul(scaled, scaled)].slice(0, count)
  const last = count === 1 ? centred : count === 2 ? scaled : sub(scaled, result(2, "f32"))
  const kernel: LoopNest = {
    kind: "nest",
    outer,
    inner,
    reductions: values.map((value) => ({ op: "sum", value })),
    outerStores: [{ tensor: mean, value: average }],
    innerStores: [{ tensor: y, value: last }],
  }
  const data = new Map([
    [x, noise(outer * inner)],
    [scale, noise(inner, 0.5)],
  ])
  return { kernel, data }
}

describe("rows", () => {
  const lengths = [1, 5, 64, 100, 768, 1030]
  const cases = lengths.flatMap((n) => ([1, 2, 3] as const).map((count) => [n, count] as const))

  it.each(cases)("of %i elements with %i sums", async (inner, count) => {
    const { kernel, data } = layerNorm(7, inner, count)
    const shader = await expectNest(kernel, data, { tolerance: inner > 500 ? 2e-4 : 5e-5 })
    expect(shader.label).toContain(`rows ${kernel.reductions.map(() => "sum").join(", ")}`)
  })

  it.each([
    [256, 2],
    [768, 3],
    [5000, 2],
  ] as const)("of %i elements by subgroups", async (inner, count) => {
    const { kernel, data } = layerNorm(3, inner, count)
    const traits = { subgroups: true }
    const { code } = await expectNest(kernel, data, { tolerance: 5e-4, traits })
    expect(code).toContain("subgroupAdd")
  })

  it.each([
    [100, 30],
    [64, 768],
    [3, 1030],
  ] as const)("on a CPU: %i rows of %i elements", async (outer, inner) => {
    const { kernel, data } = layerNorm(outer, inner, 3)
    const traits = { software: true }
    const { code } = await expectNest(kernel, data, { tolerance: 2e-4, traits })
    expect(code.includes("workgroupBarrier")).toBe(outer < 64)
  })

  it("softmax: a maximum, then a sum", async () => {
    for (const [outer, inner] of [
      [3, 7],
      [5, 16],
      [2, 1500],
    ] as const) {
      const [x, y] = [tensor("f32", outer, inner), tensor("f32", outer, inner)]
      const element = load(x, plus(times(along("o", outer), inner), along("r", inner)))
      const e = applied("exp", [sub(element, result(0, "f32"))], "f32")
      const kernel: LoopNest = {
        kind: "nest",
        outer,
        inner,
        reductions: [
          { op: "max", value: element },
          { op: "sum", value: e },
        ],
        outerStores: [],
        innerStores: [{ tensor: y, value: applied("div", [e, result(1, "f32")], "f32") }],
      }
      const data = new Map([[x, noise(outer * inner).map((v) => v - 9)]])
      const shader = await expectNest(kernel, data, { tolerance: 1e-6 })
      expect(shader.label).toContain("rows max, sum")
    }
  })

  it.each(["bool", "u8", "f16", "bf16"] as const)("of odd length, stored as %s", async (dtype) => {
    const [outer, inner] = [5, 7]
    const [x, y, z] = [
      tensor("f32", outer, inner),
      tensor(dtype, outer, inner),
      tensor(dtype, outer),
    ]
    const element = load(x, plus(times(along("o", outer), inner), along("r", inner)))
    const above = applied("less", [result(0, "f32"), element], "bool")
    const kernel: LoopNest = {
      kind: "nest",
      outer,
      inner,
      reductions: [{ op: "max", value: sub(element, f32(1)) }],
      outerStores: [{ tensor: z, value: cast(result(0, "f32"), dtype) }],
      innerStores: [{ tensor: y, value: dtype === "bool" ? above : cast(element, dtype) }],
    }
    const data = new Map([[x, noise(outer * inner, 9).map((v) => Math.trunc(v * 9) + 90)]])
    await expectNest(kernel, data)
    await expectNest({ ...kernel, outerStores: [] }, data)
  })

  it("i32 sums and maxima, with a mask for each row", async () => {
    const [x, sum, most, same] = [
      tensor("i32", 6, 9),
      tensor("i32", 6),
      tensor("i32", 6),
      tensor("bool", 6),
    ]
    const value = load(x, plus(times(along("o", 6), 9), along("r", 9)))
    const [total, largest] = [result(0, "i32"), result(1, "i32")]
    const kernel: LoopNest = {
      kind: "nest",
      outer: 6,
      inner: 9,
      reductions: [
        { op: "sum", value },
        { op: "max", value },
      ],
      outerStores: [
        { tensor: sum, value: total },
        { tensor: most, value: largest },
        { tensor: same, value: applied("equal", [total, largest], "bool") },
      ],
      innerStores: [],
    }
    const elements = Int32Array.from({ length: 54 }, (_, i) => (i < 9 ? 0 : ((i * 31) % 17) - 20))
    await expectNest(kernel, new Map([[x, elements]]))
  })
})

describe("columns", () => {
  /** Sums over [batch, inner, outer]'s first two axes. */
  function columnSums(inner: number, outer: number, dtype: DType = "f32") {
    const [x, y, z] = [tensor(dtype, inner, outer), tensor(dtype, outer), tensor(dtype, outer)]
    const value = load(x, plus(times(along("r", inner), outer), along("o", outer)))
    const kernel: LoopNest = {
      kind: "nest",
      outer,
      inner,
      reductions: [
        { op: "sum", value },
        { op: "max", value: sub(value, result(0, dtype)) },
      ],
      outerStores: [
        { tensor: y, value: result(0, dtype) },
        { tensor: z, value: result(1, dtype) },
      ],
      innerStores: [],
    }
    return { kernel, x }
  }

  it.each([
    [3, 5],
    [200, 96],
    [1, 12],
    [37, 130],
    [70, 1],
  ] as const)("of %i by %i", async (inner, outer) => {
    const { kernel, x } = columnSums(inner, outer)
    const data = new Map([[x, noise(inner * outer)]])
    const { label } = await expectNest(kernel, data, { tolerance: 5e-5 })
    if (inner > 1 && outer > 1) expect(label).toMatch(/^columns sum, max/)
  })

  it.each([
    [200, 96],
    [37, 5],
  ] as const)("on a CPU: %i by %i", async (inner, outer) => {
    const { kernel, x } = columnSums(inner, outer)
    const data = new Map([[x, noise(inner * outer)]])
    const traits = { software: true }
    const { code } = await expectNest(kernel, data, { tolerance: 5e-5, traits })
    expect(code.includes("workgroupBarrier")).toBe(outer < 64)
  })

  it("of i32", async () => {
    const { kernel, x } = columnSums(33, 6, "i32")
    await expectNest(kernel, new Map([[x, noise(198, 50).map(Math.trunc)]]))
  })
})
