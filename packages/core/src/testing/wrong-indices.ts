import type { Backend, DeviceArray } from "../backend.js"
import { compile } from "../compile.js"
import { type DType, type Spec, spec } from "../dtype.js"
import { TubeletError } from "../errors.js"
import { toNumbers } from "../half.js"
import { gatherRows, gatherTokens, scatterRows } from "../ops/index-rows.js"
import type { Tensor } from "../tensor.js"
import type { ConformanceCase } from "./conformance-case.js"
import { draw } from "./plan.js"

/** An op that takes indices, and indices that are out of bounds. */
interface Choosing {
  readonly name: string
  readonly x: Spec
  readonly index: Spec
  readonly call: (x: Tensor, index: Tensor) => Tensor
  /** The number of rows. */
  readonly count: number
  readonly wrong: readonly (readonly number[])[]
  /**
   * Whether an element of the result is invalid if the indices at these positions are out of
   * bounds.
   */
  isLost(element: number, places: readonly number[]): boolean
}

const width = 4
const [least, most] = [-(2 ** 31), 2 ** 31 - 1]
const ofItsRow = (element: number, places: readonly number[]) =>
  places.includes(Math.floor(element / width))

const choosing: readonly Choosing[] = [
  ...(["f32", "i32", "u8", "bool"] as const).map((dtype) => ({
    name: `gatherRows ${dtype}`,
    x: spec(dtype, [3, width]),
    index: spec("i32", [3]),
    call: gatherRows,
    count: 3,
    wrong: [
      [2, 3, 0],
      [-1, 1, 2],
      [0, 1, 2 ** 30],
      [least, 2, most],
    ],
    isLost: ofItsRow,
  })),
  {
    name: "gatherTokens",
    x: spec("f32", [2, 3, width]),
    index: spec("i32", [2, 2]),
    call: gatherTokens,
    count: 3,
    // The first two: the other sample has a token there.
    wrong: [
      [1, 3, 0, 2],
      [0, 2, -1, 1],
      [0, 2, 1, 3],
      [least, 2, 1, most],
    ],
    isLost: ofItsRow,
  },
  {
    name: "scatterRows",
    x: spec("f32", [3, width]),
    index: spec("i32", [3]),
    call: (x, index) => scatterRows(x, index, 5),
    count: 5,
    wrong: [
      [1, 5, 0],
      [-1, 1, 2],
      [2, least, most],
    ],
    // A row is missing somewhere.
    isLost: () => true,
  },
]

/** The result of an out-of-bounds index. */
const lost: Partial<Record<DType, number>> = { f32: Number.NaN, i32: least, u8: 255, bool: 1 }

/**
 * Out-of-bounds indices. `run` rejects them in host data; in a handle, the result either fails or
 * is visibly invalid where they would have been used. Other rows are never read.
 */
export const wrongIndexCases: readonly ConformanceCase[] = choosing.map((c) => ({
  name: `indices out of bounds: ${c.name}`,
  run: (backend) => checkChoosing(backend, c),
}))

async function checkChoosing(backend: Backend, c: Choosing): Promise<void> {
  const specs = { x: c.x, index: c.index }
  const f = await compile(backend, ({ x, index }) => ({ y: c.call(x, index) }), { specs })
  const x = draw(c.name, c.x)
  const isInside = (i: number) => 0 <= i && i < c.count
  for (const wrong of c.wrong) {
    const what = `${c.name} [${wrong}]`
    requireRefused(what, () => f.run({ x, index: Int32Array.from(wrong) }))
    const index = backend.upload(Int32Array.from(wrong), c.index)
    const found = await unlessRefused(async () => f.run({ x, index }).y)
    index.dispose()
    await backend.synchronize()
    // Later runs succeed and show what the valid indices select.
    const right = wrong.map((i) => (isInside(i) ? i : 0))
    const rows = await numbersOf(f.run({ x, index: Int32Array.from(right) }).y)
    const places = wrong.flatMap((i, at) => (isInside(i) ? [] : [at]))
    const expected = rows.map((y, e) => (c.isLost(e, places) ? lost[c.x.dtype]! : y))
    if (found === undefined || expected.every((y, e) => Object.is(y, found[e]))) continue
    throw new TubeletError(`${what}: got [${found}], expected [${expected}] or an error`)
  }
  await f.dispose()
}

const numbersOf = async (handle: DeviceArray) => toNumbers(await handle.data(), handle.dtype)

/** The numbers, or undefined if the run or the read fails. */
const unlessRefused = (run: () => Promise<DeviceArray>): Promise<Float64Array | undefined> =>
  run()
    .then(numbersOf)
    .catch(() => undefined)

function requireRefused(what: string, run: () => unknown): void {
  try {
    run()
  } catch (error) {
    if (error instanceof TubeletError && error.message.includes("is out of bounds")) return
    throw error
  }
  throw new TubeletError(`${what}: run accepted out-of-bounds indices from the host`)
}
