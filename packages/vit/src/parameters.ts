import type { Shape, Tensor } from "@tubelet/core"
import type { Random } from "@tubelet/core/random"

/** Tensors by state-dict name: `blocks.0.attn.qkv.weight`. */
export type Parameters = Readonly<Record<string, Tensor>>

/** Initialises a new parameter. */
export type Initialiser = (shape: Shape, random: Random) => Float32Array

/** The parameters of a layer: shape and initialisation by name. */
export type Declarations = Record<string, { readonly shape: Shape; readonly init: Initialiser }>

/** The same declarations under a prefix. */
export const under = (prefix: string, declarations: Declarations): Declarations =>
  Object.fromEntries(Object.entries(declarations).map(([name, d]) => [`${prefix}.${name}`, d]))

/** The parameters under a prefix, with the prefix removed: the argument of a layer function. */
export function scope(parameters: Parameters, prefix: string): Parameters {
  const start = `${prefix}.`
  const entries = Object.entries(parameters).filter(([name]) => name.startsWith(start))
  return Object.fromEntries(entries.map(([name, t]) => [name.slice(start.length), t]))
}
