import type { Tensor } from "@tubelet/core"
import type { Declarations, Initialiser, Parameters } from "@tubelet/vit"

/** Which tokens an encoder runs on, and with what drop path. */
export interface EncodeOptions {
  /** `[B, K]`: the places of the given tokens. Default: all tokens in order. */
  readonly visible?: Tensor
  /** `[B, depth, 2]`: drop-path factors. Default: nothing is dropped. */
  readonly keep?: Tensor | undefined
}

/** What pre-training and classifiers have in common: all up to, but without, the last norm. */
export interface Encoder {
  readonly declarations: Declarations
  /** The patch embedding alone of tokens [B, K, (t y x c)], before positions. */
  embed(params: Parameters, tokens: Tensor): Tensor
  /** Embeds tokens and runs the blocks: [B, K (+ 1 class token), D]. */
  encode(params: Parameters, tokens: Tensor, options?: EncodeOptions): Tensor
}

/** How an encoder's weights start: the authors draw those of a classifier differently. */
export interface EncoderStart {
  readonly linear: Initialiser
  /** The patch embedding's weight. */
  readonly patch: Initialiser
  readonly classToken: Initialiser
  /** A position table that is part of the weights. */
  readonly positions: Initialiser
}
