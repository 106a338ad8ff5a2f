import { type Spec, spec } from "@tubelet/core"
import type { ParameterSet } from "@tubelet/models"
import type { Named } from "./named.js"
import { trainable } from "./plan.js"

/** Sums over micro-batches, on the device. */
export type Sums<T> = {
  /** Gradients of the summed error. */
  readonly grads: Named<T>
  readonly loss: T
  readonly weight: T
}

export const sumSpecs = (model: ParameterSet): Sums<Spec> => ({
  grads: trainable(model, model.specs),
  loss: spec("f32"),
  weight: spec("f32"),
})
