/** Where a binding may begin on every device. */
export const alignment = 256
/** Kernels load and store four elements at a time. */
export const padding = 16

export const roundUp = (bytes: number, unit: number): number => Math.ceil(bytes / unit) * unit

/**
 * The most bytes of one tensor in one buffer and binding; what is larger lies in parts of it. Some
 * drivers add bytes of their own to a buffer, and refuse one of the very size that they name:
 * SwiftShader.
 */
export function largestPart(limits: {
  readonly maxBufferSize: number
  readonly maxStorageBufferBindingSize: number
}): number {
  const bytes = Math.min(limits.maxBufferSize - alignment, limits.maxStorageBufferBindingSize)
  return bytes - (bytes % alignment)
}

/** The bytes of each part of so many, of which none has more than `most`. */
export function partsOf(bytes: number, most: number): number[] {
  const parts = Math.max(1, Math.ceil(bytes / most))
  return Array.from({ length: parts }, (_, i) => Math.min(most, bytes - i * most))
}

export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
