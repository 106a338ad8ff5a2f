import type { Tensor } from "@tubelet/core"
import type { Declarations, Parameters } from "@tubelet/vit"
import type { ClassifierConfig } from "../config.js"

/** What follows an encoder's features: parameters `head.*`, and logits. */
export interface Head {
  readonly declarations: Declarations
  /** See `ParameterSet.buffers`. */
  readonly buffers: readonly string[]
  /** Logits [B, classes] of features [B, D], or of tokens [B, N, D] if the head pools them. */
  logits(params: Parameters, features: Tensor): Tensor
  /** The logits of a training step, if they differ, for samples of these weights [B]. */
  train?(params: Parameters, features: Tensor, weight: Tensor): TrainedLogits
}

export interface TrainedLogits {
  readonly logits: Tensor
  /** The buffers after the step. */
  readonly buffers: Parameters
}

/** The shape of a head. */
export type HeadConfig = Pick<ClassifierConfig, "classes" | "encoder" | "eps">
