import type { PatchConfig } from "@tubelet/vit"

export type System = "mae" | "videomae" | "videomaev2"

/** The shape of a stack of transformer blocks. */
export interface StackConfig {
  readonly dim: number
  readonly depth: number
  readonly heads: number
  /** Hidden width of each MLP. */
  readonly mlpHidden: number
}

/** The shape of an encoder. */
export interface EncoderConfig extends PatchConfig {
  readonly system: System
  readonly encoder: StackConfig
  /** Added to the variance in layer norms; 1e-6 in all of the authors' models. */
  readonly eps: number
  /** Whether attention has biases: MAE has them for q, k and v, the video models for q and v. */
  readonly qkvBias: boolean
  /** The initial value of layer scale; 0 for none. */
  readonly initValues: number
  /** Cosine attention (optional in VideoMAE V2). */
  readonly cosineAttention: boolean
  /** Whether the encoder's position table is learned instead of fixed. */
  readonly learnablePositions: boolean
}

/** The shape of a pre-training model. Presets define it, and a checkpoint's folder stores it. */
export interface PretrainConfig extends EncoderConfig {
  readonly decoder: StackConfig
  /** The eps of the decoder's last norm, if different (Hugging Face). */
  readonly decoderNormEps?: number
}

/**
 * How tokens become features. `mean`: their mean (without MAE's class token), then a separate norm.
 * `token`: the norm of the first token (MAE's class token). `none`: the norm of every token.
 */
export type Pool = "mean" | "token" | "none"

/**
 * What computes logits from features. `linear`: a layer. `batch-norm`: MAE's for linear probing.
 * `attentive`: a block in which a query attends to all tokens; it needs pool `none`.
 */
export type HeadKind = "linear" | "batch-norm" | "attentive"

/** The shape of a classifier, or with 0 classes of a feature encoder. */
export interface ClassifierConfig extends EncoderConfig {
  readonly classes: number
  readonly pool: Pool
  /** Default: linear. */
  readonly head?: HeadKind
  /** The eps of the last norm, if different (Hugging Face). */
  readonly lastNormEps?: number
  /**
   * The size whose fixed position table is resized for this one, as in VideoMAE V2. Default: this
   * size's own table, as in VideoMAE.
   */
  readonly positionsOf?: Pick<PatchConfig, "imageSize" | "frames">
}

/** Token counts of a compiled step: static, independent of the masks. */
export interface TokenCounts {
  /** Tokens the encoder sees. */
  readonly visible: number
  /** Tokens the decoder predicts. */
  readonly targets: number
}
