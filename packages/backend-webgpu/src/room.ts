import { TubeletError } from "@tubelet/core"

/** Where a binding may begin on every device. */
export const alignment = 256
/** Kernels load and store four elements at a time. */
export const padding = 16

export const roundUp = (bytes: number, unit: number): number => Math.ceil(bytes / unit) * unit

/** The most bytes of one tensor that a kernel can be given. */
export const bindable = (limits: {
  readonly maxBufferSize: number
  readonly maxStorageBufferBindingSize: number
}): number => Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize)

/** Throws where a tensor, called `name`, takes more than `limit`. */
export function requireBindable(name: string, bytes: number, limit: number): void {
  if (bytes <= limit) return
  throw new TubeletError(
    `${name} takes ${mebibytes(bytes)}, and this GPU binds ${mebibytes(limit)} at most`,
    "turn down the batch, the frames or the model",
  )
}

export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
