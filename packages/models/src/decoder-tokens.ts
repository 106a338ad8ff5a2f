import { add, broadcast, concat, gatherRows, type Tensor } from "@tubelet/core"

/**
 * What the decoder reads: the encoder's tokens [B, K, d], then a mask token for each target, all
 * with their positions. Attention does not care for order, so nothing is ever put back in place:
 * the predictions are simply the last tokens. `positions` [B, K + M] are rows of `table` [N, d].
 */
export function decoderTokens(
  encoded: Tensor,
  maskToken: Tensor,
  table: Tensor,
  positions: Tensor,
): Tensor {
  const [batch, known, dim] = encoded.shape as [number, number, number]
  const masks = broadcast(maskToken, [batch, positions.shape[1] - known, dim])
  return add(concat([encoded, masks], 1), gatherRows(table, positions))
}
