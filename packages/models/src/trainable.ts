import { div, type Tensor } from "@tubelet/core"
import type { Parameters } from "@tubelet/vit"
import type { System } from "./config.js"
import type { ParameterSet } from "./parameter-set.js"

/** A loss over a batch in two parts, so that micro-batches of unequal weight add up. */
export interface LossTerms {
  /** The weighted sum of the errors. */
  readonly sum: Tensor
  /** The sum of the weights. */
  readonly weight: Tensor
  /** What the pass made of the model's buffers. */
  readonly buffers?: Parameters
}

/** What a training step must know of a model, whatever it learns. `B` is a batch's tensors. */
export interface TrainableModel<B> extends ParameterSet {
  readonly config: { readonly system: System }
  lossTerms(params: Parameters, batch: B): LossTerms
  /** Their ratio: the mean error over all that counts. */
  loss(params: Parameters, batch: B): Tensor
}

export const weightedMean = ({ sum, weight }: LossTerms): Tensor => div(sum, weight)
