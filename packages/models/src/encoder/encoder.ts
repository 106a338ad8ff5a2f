import type { Tensor } from "@tubelet/core"
import type { Declarations, Initialiser, Parameters } from "@tubelet/vit"

/** The tokens an encoder runs on, and its drop-path factors. */
export interface EncodeOptions {
  /** `[B, K]`: the positions of the tokens. Default: all, in order. */
  readonly visible?: Tensor
  /** `[B, depth, 2]`: drop-path factors. Default: no drop path. */
  readonly keep?: Tensor | undefined
}

/** What pre-training models and classifiers share: everything before the last norm. */
export interface Encoder {
  readonly declarations: Declarations
  /** The patch embedding of tokens [B, K, (t y x c)], without positions. */
  embed(params: Parameters, tokens: Tensor): Tensor
  /** Embeds tokens and runs the blocks: [B, K (+ 1 class token), D]. */
  encode(params: Parameters, tokens: Tensor, options?: EncodeOptions): Tensor
}

/** The initialisation of an encoder; the authors use a different one for classifiers. */
export interface EncoderStart {
  readonly linear: Initialiser
  /** The patch embedding's weight. */
  readonly patch: Initialiser
  readonly classToken: Initialiser
  /** A position table that is part of the weights. */
  readonly positions: Initialiser
}
