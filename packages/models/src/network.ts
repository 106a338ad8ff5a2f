import type { Tensor } from "@tubelet/core"
import type { Declarations, Parameters } from "@tubelet/vit"

/** The parts in which the systems differ. */
export interface Network {
  readonly declarations: Declarations
  /** Parameters that belong to a checkpoint but are not trained. */
  readonly frozen: readonly string[]
  /**
   * Embeds visible tokens [B, K, (t y x c)], at places `visible`; gives [B, K (+ 1), D]. `keep` are
   * its blocks' drop-path factors.
   */
  encode(params: Parameters, tokens: Tensor, visible: Tensor, keep?: Tensor): Tensor
  /** Runs the decoder over seen tokens, then targets: [B, (1 +) K + M, d]. */
  decode(
    params: Parameters,
    latent: Tensor,
    visible: Tensor,
    targets: Tensor,
    keep?: Tensor,
  ): Tensor
  /** The decoder's norm and head on any of its tokens: [B, M, d] gives [B, M, width]. */
  head(params: Parameters, decoded: Tensor): Tensor
  /** The patch embedding alone of tokens [B, N, (t y x c)], before positions. */
  embed(params: Parameters, tokens: Tensor): Tensor
}
