import type { Tensor } from "@tubelet/core"
import type { Nest } from "@tubelet/core/schedule"
import type { Binding, Shader } from "../shader.js"
import { labelOf } from "./label.js"
import { map } from "./map.js"
import { Source } from "./source.js"

/** What printers must know of a device. */
export interface Ability {
  /** Whether shaders may use subgroup operations. */
  readonly subgroups?: boolean
}

/** A nest as one shader; `access` says how its tensors are bound. */
export function nest(
  kernel: Nest,
  access: (tensor: Tensor) => Binding["access"],
  _ability: Ability = {},
): Shader {
  const source = new Source(access)
  return map(kernel, source, labelOf("map", kernel))
}
