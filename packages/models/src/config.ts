import type { PatchConfig } from "@tubelet/vit"

export type System = "mae" | "videomae" | "videomaev2"

/** A stack of transformer blocks. */
export interface Tower {
  readonly dim: number
  readonly depth: number
  readonly heads: number
  /** Width of the hidden layer of each MLP. */
  readonly mlpHidden: number
}

/** Everything that shapes a pre-training model. Presets fill it; a checkpoint's folder keeps it. */
export interface PretrainConfig extends PatchConfig {
  readonly system: System
  readonly encoder: Tower
  readonly decoder: Tower
  /** Added to the variance in layer norms; 1e-6 in all of the authors' models. */
  readonly eps: number
  /** The decoder's last norm, where it differs (Hugging Face). */
  readonly decoderNormEps?: number
  /** Attention biases: MAE has one for q, k and v; the video models none for k. */
  readonly qkvBias: boolean
  /** Layer scale's first value; 0 for none. */
  readonly initValues: number
  /** Cosine attention (VideoMAE V2's option). */
  readonly cosineAttention: boolean
  /** A learned position table in the encoder, instead of the fixed one. */
  readonly learnablePositions: boolean
}

/** Numbers of tokens of one compiled step: static, whatever the masks are. */
export interface TokenCounts {
  /** Tokens the encoder sees. */
  readonly visible: number
  /** Tokens the decoder predicts. */
  readonly targets: number
}
