import { type Bound, labelOf, readsAlongOuter, type Shader } from "@tubelet/core/codegen"
import type { Nest } from "@tubelet/core/schedule"
import { columns } from "./columns.js"
import { isPacked } from "./formats.js"
import { map } from "./map.js"
import { reduce } from "./reduce.js"
import { rows } from "./rows.js"
import { Source } from "./source.js"

/** What printers must know of a device. */
export interface Ability {
  /** Whether shaders may use subgroup operations. */
  readonly subgroups?: boolean
  /** Whether a CPU does the work. */
  readonly software?: boolean
}

/** A nest as one shader. */
export function nest(kernel: Nest, bound: Bound, ability: Ability = {}): Shader {
  const source = Source.over(bound)
  const { inner, innerStores, outerStores, reductions } = kernel
  if (inner === 1 && reductions.length === 0) return map(kernel, source, labelOf("map", kernel))
  if (innerStores.length === 0) {
    const packed = outerStores.some(({ tensor }) => isPacked(tensor.dtype))
    if (packed || readsAlongOuter(kernel)) {
      return reduce(
        kernel,
        source,
        labelOf("columns", kernel),
        columns(kernel, packed, ability.software),
      )
    }
  }
  return reduce(kernel, source, labelOf("rows", kernel), rows(kernel, ability))
}
