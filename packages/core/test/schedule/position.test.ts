import { describe, expect, test } from "vitest"
import { effort } from "../../../../scripts/effort.mjs"
import {
  broadcast,
  concat,
  constant,
  pad,
  permute,
  reshape,
  slice,
  type Tensor,
} from "../../src/index.js"
import { type Random, random } from "../../src/random/index.js"
import {
  along,
  at,
  load,
  modulus,
  over,
  type Position,
  plus,
  ravel,
  times,
  unravel,
} from "../../src/schedule/index.js"
import { boundsOf } from "../../src/schedule/position.js"
import { valueAt } from "../../src/schedule/value.js"
import { interpret } from "../../src/testing/index.js"
import { elementOf, positionAt } from "../support/run-kernels.js"

const variables = { x: 4, y: 6, z: 5 }

/** Every value of the three variables. */
const points = Array.from({ length: 4 * 6 * 5 }, (_, i) => ({
  x: i % 4,
  y: Math.floor(i / 4) % 6,
  z: Math.floor(i / 24),
}))

const factors = [1, 2, 3, 4, 6, 8, 12, 24, 30]

function drawPosition({ integer, pick }: Source): Position {
  const terms = Object.entries(variables).filter(() => integer(4) > 0)
  return terms.reduce(
    (sum, [name, extent]) => plus(sum, times(along(name, extent), pick(factors))),
    at(integer(3) === 0 ? integer(40) : 0),
  )
}

type Source = ReturnType<typeof sourceOf>
const sourceOf = (source: Random) => ({
  integer: source.integer,
  pick: <T>(list: readonly T[]): T => list[source.integer(list.length)]!,
})

describe("positions", () => {
  test("quotients and remainders are right for any position", () => {
    for (let n = 0; n < effort(400, 40_000); n++) {
      const source = sourceOf(random("positions", n))
      let p = drawPosition(source)
      let expected = points.map((v) => positionAt(p, v))
      for (let step = 0; step < 3; step++) {
        const by = source.pick([1, 2, 3, 4, 5, 6, 8, 12, 24, 36])
        const whole = source.integer(2) === 0
        p = whole ? over(p, by) : modulus(p, by)
        expected = expected.map((v) => (whole ? Math.floor(v / by) : v % by))
        expect(
          points.map((v) => positionAt(p, v)),
          p.key,
        ).toEqual(expected)
        const [low, high] = boundsOf(p)
        expect(low).toBeLessThanOrEqual(Math.min(...expected))
        expect(high).toBeGreaterThanOrEqual(Math.max(...expected))
        if (source.integer(2) === 0) {
          const more = drawPosition(source)
          p = plus(p, more)
          expected = expected.map((v, i) => v + positionAt(more, points[i]))
        }
      }
    }
  })

  test("an exact division leaves no remainder term", () => {
    const [x, y] = [along("x", 4), along("y", 6)]
    const flat = plus(times(x, 6), y)
    expect(over(flat, 6).key).toBe(x.key)
    expect(modulus(flat, 6).key).toBe(y.key)
    expect(over(plus(times(x, 12), times(y, 2)), 12).key).toBe(x.key)
    expect(over(over(y, 2), 3).key).toBe(over(y, 6).key)
    expect(over(at(17), 5).key).toBe("3")
  })

  test("a reshape and its inverse cancel", () => {
    const flat = along("i", 120)
    for (const shape of [[120], [2, 60], [4, 5, 6], [3, 1, 40], [2, 3, 4, 5]]) {
      expect(ravel(unravel(flat, shape), shape).key).toBe(flat.key)
    }
    const twice = ravel(unravel(ravel(unravel(flat, [8, 15]), [8, 15]), [2, 60]), [2, 60])
    expect(twice.key).toBe(flat.key)
  })

  test("equal positions have equal keys, in whatever order they were built", () => {
    const [x, y, z] = [along("x", 4), along("y", 6), along("z", 5)]
    expect(plus(plus(x, y), z).key).toBe(plus(z, plus(y, x)).key)
    expect(plus(times(x, 2), times(x, 3)).key).toBe(times(x, 5).key)
    expect(plus(x, times(x, -1)).key).toBe(at(0).key)
    expect(times(x, 0).key).toBe(at(0).key)
    expect(along("x", 1).key).toBe("0")
  })
})

/** A view or a copy of `x` with other positions. */
function moved(x: Tensor, { integer, pick }: Source): Tensor {
  const axis = integer(x.rank)
  const along = x.shape[axis]
  const low = x.shape.map(() => integer(2))
  switch (pick(["reshape", "permute", "broadcast", "slice", "pad", "concat"])) {
    case "reshape": {
      const divisors = [2, 3, 4].filter((d) => along % d === 0)
      if (divisors.length === 0) return reshape(x, [x.size])
      const d = pick(divisors)
      return reshape(x, [...x.shape.slice(0, axis), d, along / d, ...x.shape.slice(axis + 1)])
    }
    case "permute":
      return permute(
        x,
        x.shape.map((_, i) => (i + axis) % x.rank),
      )
    case "broadcast":
      return broadcast(x, [2, ...x.shape])
    case "slice": {
      const start = integer(along)
      return slice(x, axis, start, start + 1 + integer(along - start))
    }
    case "pad":
      return pad(x, low, low)
    default:
      return concat([x, x], axis)
  }
}

test("chains of view ops read the elements that the interpreter reads", () => {
  for (let n = 0; n < effort(150, 10_000); n++) {
    const source = sourceOf(random("views", n))
    const shape = source.pick([[24], [4, 6], [2, 3, 4], [1, 12, 2], [3, 1, 2, 4]])
    const base = constant(
      Float32Array.from({ length: 24 }, (_, i) => i + 1),
      shape,
    )
    let x: Tensor = base
    for (let step = 0; step < 6 && x.size < 400; step++) x = moved(x, source)
    const [expected] = interpret({ inputs: [], outputs: [{ path: "x", tensor: x }] }, [])
    const value = valueAt(x, unravel(along("i", x.size), x.shape), (t, c) =>
      t === base ? load(base, ravel(c, base.shape)) : undefined,
    )
    const memory = new Map([[base, Float64Array.from({ length: 24 }, (_, i) => i + 1)]])
    const found = expected.map((_, i) =>
      elementOf(value, { variables: { i }, results: [], memory }),
    )
    expect(found, `${n}: ${x.shape}`).toEqual(expected)
  }
})
