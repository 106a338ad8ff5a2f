import { inOrder, type LoopNest, storesOf } from "../../schedule/index.js"

/** Ops that would only clutter a profile. */
const silent = new Set(["cast", "select"])
const enough = 4

/** A summary of a kernel: `rows sum, sum, mul+add [1568x384]`. */
export function labelOf(strategy: string, nest: LoopNest, shape = shapeOf(nest)): string {
  const stores = storesOf(nest)
  const ops = inOrder(stores.map(({ value }) => value)).flatMap((x) =>
    x.kind === "apply" && !silent.has(x.op) ? [x.op] : [],
  )
  const distinct = [...new Set(ops)]
  const shown = distinct.slice(0, enough).join("+") + (distinct.length > enough ? "+..." : "")
  const does = [...nest.reductions.map(({ op }) => op), ...(shown ? [shown] : [])].join(", ")
  return `${strategy} ${does || "copy"} [${shape}]`
}

function shapeOf(nest: LoopNest): string {
  const shape =
    nest.inner === 1 ? (storesOf(nest)[0]?.tensor.shape ?? []) : [nest.outer, nest.inner]
  return shape.join("x") || "1"
}
