import { div, type Tensor } from "@tubelet/core"
import type { Parameters } from "@tubelet/vit"
import type { System } from "./config.js"
import type { ParameterSet } from "./parameter-set.js"

/** A batch loss in two parts, so that micro-batches of unequal weight add up. */
export interface LossTerms {
  /** The weighted sum of errors. */
  readonly sum: Tensor
  /** The sum of weights. */
  readonly weight: Tensor
  /** The model's buffers after the pass. */
  readonly buffers?: Parameters
}

/** What a training step needs from any model. `B` is a batch's tensors. */
export interface TrainableModel<B> extends ParameterSet {
  readonly config: { readonly system: System }
  lossTerms(params: Parameters, batch: B): LossTerms
  /** Their ratio: the weighted mean error. */
  loss(params: Parameters, batch: B): Tensor
}

export const weightedMean = ({ sum, weight }: LossTerms): Tensor => div(sum, weight)
