import { compile } from "../compile.js"
import { spec } from "../dtype.js"
import { softmax } from "../ops/normalise.js"
import { max } from "../ops/reduce.js"
import { type Plan, seeAll } from "./plan.js"

/** The first row is fully masked, the second all but two elements. */
function masked(length: number): Float32Array {
  const x = new Float32Array(2 * length).fill(Number.NEGATIVE_INFINITY)
  x[length + 1] = -2
  x[length + 3] = 1
  return x
}

/** Short and long, with and without a remainder modulo four. */
const lengths = [5, 8, 300, 1031]

/** Masked scores are -Infinity, which must not turn into the lowest finite number. */
export const infinityPlans: readonly Plan[] = [
  {
    name: "plan: maxima and softmax of values masked by -Infinity",
    async observe(backend, see) {
      for (const length of lengths) {
        const specs = { x: spec("f32", [2, length]) }
        const f = await compile(
          backend,
          ({ x }) => ({ rows: max(x, -1), columns: max(x, 0), weights: softmax(x) }),
          { specs },
        )
        await seeAll(see, `${length}`, f.run({ x: masked(length) }))
        await f.dispose()
      }
    },
  },
]
