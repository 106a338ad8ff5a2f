import { type Spec, spec } from "@tubelet/core"
import { random } from "@tubelet/core/random"
import type { Declarations } from "@tubelet/vit"

/** The parameters of a model, before they have values, by official name. */
export interface ParameterSet {
  /** name -> shape, for `compile` and checkpoints. */
  readonly specs: Readonly<Record<string, Spec>>
  /** Those that checkpoints contain but training does not change. */
  readonly frozen: readonly string[]
  /** Those that each training step's forward pass replaces, such as batch norm's statistics. */
  readonly buffers?: readonly string[]
  /** Initial weights as the authors draw them; a seed gives the same ones everywhere. */
  initialise(seed: number): Record<string, Float32Array>
  /** One of them: large models are initialised name by name, to avoid a second copy. */
  initialWeight(name: string, seed: number): Float32Array
}

export function parameterSet(
  declarations: Declarations,
  frozen: readonly string[] = [],
): ParameterSet {
  const entries = Object.entries(declarations)
  const initialWeight = (name: string, seed: number) => {
    const { shape, init } = declarations[name]
    return init(shape, random(seed, "weights", name))
  }
  return {
    specs: Object.fromEntries(entries.map(([name, { shape }]) => [name, spec("f32", shape)])),
    frozen,
    initialise: (seed) =>
      Object.fromEntries(entries.map(([name]) => [name, initialWeight(name, seed)])),
    initialWeight,
  }
}
