import type { LoopNest } from "../../schedule/kernel.js"
import { labelOf } from "../text/label.js"
import type { Shader } from "../text/shader.js"
import type { Source } from "../text/source.js"
import { isPacked } from "../text/value.js"
import { columns } from "./columns.js"
import { readsAlongOuter } from "./contiguous.js"
import { map } from "./map.js"
import { reduce } from "./reduce.js"
import { type DeviceTraits, rows } from "./rows.js"

/** Lowers a loop nest to a shader. */
export function lowerLoopNest(kernel: LoopNest, source: Source, traits: DeviceTraits = {}): Shader {
  const { inner, innerStores, outerStores, reductions } = kernel
  if (inner === 1 && reductions.length === 0) return map(kernel, source, labelOf("map", kernel))
  if (innerStores.length === 0) {
    const packed = outerStores.some(({ tensor }) => isPacked(tensor.dtype))
    if (packed || readsAlongOuter(kernel)) {
      const layout = columns(kernel, source.dialect, { packed, ...traits })
      return reduce(kernel, source, labelOf("columns", kernel), layout)
    }
  }
  const layout = rows(kernel, source.dialect, traits)
  return reduce(kernel, source, labelOf("rows", kernel), layout)
}
