import { add, broadcast, concat, gatherRows, type Tensor } from "@tubelet/core"

/**
 * The decoder's input: the encoder's tokens [B, K, d], then a mask token per target, all with their
 * positions. Attention ignores order, so nothing is moved back into place: the predictions are the
 * last tokens. `positions` [B, K + M] are rows of `table` [N, d].
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
