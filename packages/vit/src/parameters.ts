import type { Shape, Tensor } from "@tubelet/core"
import type { Random } from "@tubelet/core/random"

/** Tensors by their state-dict names: `blocks.0.attn.qkv.weight`. */
export type Parameters = Readonly<Record<string, Tensor>>

/** Fills a new parameter. */
export type Initialiser = (shape: Shape, random: Random) => Float32Array

/** What a layer needs: for each name, a shape and how it starts. */
export type Declarations = Record<string, { readonly shape: Shape; readonly init: Initialiser }>

/** The same declarations below a prefix. */
export const under = (prefix: string, declarations: Declarations): Declarations =>
  Object.fromEntries(Object.entries(declarations).map(([name, d]) => [`${prefix}.${name}`, d]))

/** The parameters below a prefix, without it: what a layer function takes. */
export function scope(parameters: Parameters, prefix: string): Parameters {
  const start = `${prefix}.`
  const entries = Object.entries(parameters).filter(([name]) => name.startsWith(start))
  return Object.fromEntries(entries.map(([name, t]) => [name.slice(start.length), t]))
}
