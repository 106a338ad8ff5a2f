/** Where a binding may begin on every device. */
export const alignment = 256
/** Kernels load and store four elements at a time. */
export const padding = 16

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
