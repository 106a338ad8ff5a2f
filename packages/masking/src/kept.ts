/** The masked tokens out of `count`, ascending: what the decoder predicts. */
export function hiddenTokens(kept: ArrayLike<number>, count: number): Int32Array {
  return indicesOf(maskOf(kept, count), 1)
}

/** A u8 mask [count] from kept indices: 1 = masked, 0 = kept. */
export function maskOf(kept: ArrayLike<number>, count: number): Uint8Array {
  const mask = new Uint8Array(count).fill(1)
  for (let i = 0; i < kept.length; i++) mask[kept[i]] = 0
  return mask
}

/** The kept tokens of a mask (1 = masked), ascending. */
export function keptOf(mask: ArrayLike<number>): Int32Array {
  return indicesOf(mask, 0)
}

function indicesOf(mask: ArrayLike<number>, value: 0 | 1): Int32Array {
  const found = new Int32Array(mask.length)
  let count = 0
  for (let i = 0; i < mask.length; i++) if ((mask[i] !== 0 ? 1 : 0) === value) found[count++] = i
  return found.slice(0, count)
}
