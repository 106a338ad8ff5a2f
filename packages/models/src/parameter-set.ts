import { type Spec, spec } from "@tubelet/core"
import { random } from "@tubelet/core/random"
import type { Declarations } from "@tubelet/vit"

/** A model's parameters before they have values, under official names. */
export interface ParameterSet {
  /** name -> shape, for `compile` and checkpoints. */
  readonly specs: Readonly<Record<string, Spec>>
  /** Those that belong to a checkpoint but are not trained. */
  readonly frozen: readonly string[]
  /** Those that each training step's forward pass replaces, such as batch norm's statistics. */
  readonly buffers?: readonly string[]
  /** Fresh weights as the authors draw them, the same for a seed everywhere. */
  initialise(seed: number): Record<string, Float32Array>
  /** One of them: large models are filled name by name, so that no second copy is held. */
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
