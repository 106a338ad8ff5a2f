/** A stack of transformer blocks. */
export interface StackShape {
  readonly dim: number
  readonly depth: number
  readonly heads: number
  readonly mlpHidden: number
}

/** What a `config.json` of Hugging Face says of a model, in this project's words. */
export interface HuggingFaceModel {
  readonly system: "mae" | "videomae"
  readonly task: "pre-training" | "classification" | "encoder"
  readonly imageSize: number
  readonly patchSize: number
  /** 1 for pictures, as `tubelet`. */
  readonly frames: number
  readonly tubelet: number
  readonly encoder: StackShape
  /** Only of pre-training models. */
  readonly decoder?: StackShape
  /** Of the blocks' layer norms. Their `decoder.norm` and `fc_norm` have 1e-5 whatever this is. */
  readonly eps: number
  readonly qkvBias: boolean
  /** What a classifier looks at: the mean of all tokens, or the first. */
  readonly pool: "mean" | "token"
  /** Whether the loss compares pixels that were normalised patch by patch. */
  readonly normalisedTarget: boolean
  /** Names of a classifier's classes, in order; empty otherwise. */
  readonly labels: readonly string[]
}
