import type { PatchConfig } from "@tubelet/vit"

export type System = "mae" | "videomae" | "videomaev2"

/** A stack of transformer blocks. */
export interface StackConfig {
  readonly dim: number
  readonly depth: number
  readonly heads: number
  /** Width of the hidden layer of each MLP. */
  readonly mlpHidden: number
}

/** Everything that shapes an encoder. */
export interface EncoderConfig extends PatchConfig {
  readonly system: System
  readonly encoder: StackConfig
  /** Added to the variance in layer norms; 1e-6 in all of the authors' models. */
  readonly eps: number
  /** Attention biases: MAE has one for q, k and v; the video models none for k. */
  readonly qkvBias: boolean
  /** Layer scale's first value; 0 for none. */
  readonly initValues: number
  /** Cosine attention (VideoMAE V2's option). */
  readonly cosineAttention: boolean
  /** A learned position table in the encoder, instead of the fixed one. */
  readonly learnablePositions: boolean
}

/** Everything that shapes a pre-training model. Presets fill it; a checkpoint's folder keeps it. */
export interface PretrainConfig extends EncoderConfig {
  readonly decoder: StackConfig
  /** The decoder's last norm, where it differs (Hugging Face). */
  readonly decoderNormEps?: number
}

/**
 * What becomes of the encoder's tokens: `mean`: their mean (in MAE without the class token's),
 * then a norm of its own; `token`: the norm of the first, in MAE the class token; `none`: the
 * norm of all of them.
 */
export type Pool = "mean" | "token" | "none"

/** Everything that shapes a classifier, or with no classes an encoder that gives features. */
export interface ClassifierConfig extends EncoderConfig {
  readonly classes: number
  readonly pool: Pool
  /** The last norm's eps, where it differs (Hugging Face). */
  readonly lastNormEps?: number
  /**
   * The size whose fixed position table is resized for this one, as VideoMAE V2 does. Default: this
   * size's own table, as VideoMAE does.
   */
  readonly positionsOf?: Pick<PatchConfig, "imageSize" | "frames">
}

/** Numbers of tokens of one compiled step: static, whatever the masks are. */
export interface TokenCounts {
  /** Tokens the encoder sees. */
  readonly visible: number
  /** Tokens the decoder predicts. */
  readonly targets: number
}
