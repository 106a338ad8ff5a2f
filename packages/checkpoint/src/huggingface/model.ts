/** A stack of transformer blocks. */
export interface StackShape {
  readonly dim: number
  readonly depth: number
  readonly heads: number
  readonly mlpHidden: number
}

/** A model as described by a Hugging Face `config.json`, in this project's terms. */
export interface HuggingFaceModel {
  readonly system: "mae" | "videomae"
  readonly task: "pre-training" | "classification" | "encoder"
  readonly imageSize: number
  readonly patchSize: number
  /** 1 for images, like `tubelet`. */
  readonly frames: number
  readonly tubelet: number
  readonly encoder: StackShape
  /** Pre-training models only. */
  readonly decoder?: StackShape
  /** For the blocks' layer norms; `decoder.norm` and `fc_norm` always use 1e-5. */
  readonly eps: number
  readonly qkvBias: boolean
  /** The classifier's input: the mean of all tokens, or the first. */
  readonly pool: "mean" | "token"
  /** Whether the target is pixels normalised per patch. */
  readonly normalisedTarget: boolean
  /** A classifier's class names, in order; otherwise empty. */
  readonly labels: readonly string[]
}
