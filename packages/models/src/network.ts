import type { Tensor } from "@tubelet/core"
import type { Declarations, Parameters } from "@tubelet/vit"

/** The parts in which the systems differ. */
export interface Network {
  readonly declarations: Declarations
  /** Parameters that checkpoints contain but training does not change. */
  readonly frozen: readonly string[]
  /**
   * Embeds and encodes visible tokens [B, K, (t y x c)] at positions `visible`: [B, K (+ 1), D].
   * `keep` are drop-path factors.
   */
  encode(params: Parameters, tokens: Tensor, visible: Tensor, keep?: Tensor): Tensor
  /** Decodes visible tokens, then targets: [B, (1 +) K + M, d]. */
  decode(
    params: Parameters,
    latent: Tensor,
    visible: Tensor,
    targets: Tensor,
    keep?: Tensor,
  ): Tensor
  /** The decoder's norm and head, for any of its tokens: [B, M, d] to [B, M, width]. */
  head(params: Parameters, decoded: Tensor): Tensor
  /** The patch embedding of tokens [B, N, (t y x c)], without positions. */
  embed(params: Parameters, tokens: Tensor): Tensor
}
