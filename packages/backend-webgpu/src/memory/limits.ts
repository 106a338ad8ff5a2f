/** Bindings can begin at these offsets on every device. */
export const alignment = 256
/** Kernels load and store four elements at a time. */
export const padding = 16

/**
 * The largest tensor in one buffer and binding; larger ones are split. Some drivers add bytes to a
 * buffer and reject the size that they report as the maximum (SwiftShader).
 */
export function largestPart(limits: {
  readonly maxBufferSize: number
  readonly maxStorageBufferBindingSize: number
}): number {
  const bytes = Math.min(limits.maxBufferSize - alignment, limits.maxStorageBufferBindingSize)
  return bytes - (bytes % alignment)
}
