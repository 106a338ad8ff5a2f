import { keptOf } from "@tubelet/masking"
import { readJson } from "../shell/config-file.js"
import { UsageError } from "../shell/errors.js"

/**
 * The visible tokens of a JSON mask: an array of 0 and 1 (1: masked), one per token, ordered by
 * time, row and column; it may be nested.
 */
export async function readMask(path: string, tokens: number): Promise<Int32Array> {
  return visibleTokens(await readJson(path), path, tokens)
}

/** The visible tokens of a parsed mask. */
export function visibleTokens(value: unknown, path: string, tokens: number): Int32Array {
  const mask: unknown[] = Array.isArray(value) ? value.flat(2) : []
  if (mask.length !== tokens || !mask.every((m) => m === 0 || m === 1)) {
    throw new UsageError(
      `${path} is not a mask for this model`,
      `it must be a JSON array of ${tokens} numbers, 1 for masked and 0 for visible`,
    )
  }
  const visible = keptOf(mask as number[])
  if (visible.length > 0 && visible.length < tokens) return visible
  const which = visible.length === 0 ? `all ${tokens} tokens` : `none of ${tokens} tokens`
  throw new UsageError(`${path} masks ${which}`, "mask at least one and leave one visible")
}
