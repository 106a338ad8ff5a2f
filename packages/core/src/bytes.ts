/** `bytes` rounded up to a multiple of `unit`. */
export const roundUp = (bytes: number, unit: number): number => Math.ceil(bytes / unit) * unit

/** Splits `bytes` into parts of at most `most` bytes. */
export function partsOf(bytes: number, most: number): number[] {
  const parts = Math.max(1, Math.ceil(bytes / most))
  return Array.from({ length: parts }, (_, i) => Math.min(most, bytes - i * most))
}

export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
