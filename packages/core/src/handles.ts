import type { DeviceArray } from "./backend.js"
import { formatSpec, type HostArray, type Spec, sizeOf } from "./dtype.js"
import { TubeletError } from "./errors.js"
import { toNumbers } from "./half.js"

/** Checks that all backends share. */

/** Throws unless `data` has the number of elements of `spec`. */
export function requireFilled(data: HostArray, spec: Spec): void {
  if (data.length === sizeOf(spec.shape)) return
  throw new TubeletError(
    `upload: got ${data.length} elements for ${formatSpec(spec)}`,
    `pass ${sizeOf(spec.shape)} elements or another shape`,
  )
}

/** The error for using a handle after `dispose`. */
export const disposedHandle = (spec: Spec): TubeletError =>
  new TubeletError(
    `a handle of ${formatSpec(spec)} was disposed and cannot be used`,
    "dispose of a handle after its last use",
  )

/** The error for using a backend after `dispose`. */
export const disposedBackend = (): TubeletError =>
  new TubeletError(
    "this backend was disposed and cannot be used",
    "dispose of a backend after its last use, or open another",
  )

/** The element of a scalar handle; rejects if it has several. */
export async function itemOf(handle: Pick<DeviceArray, "data" | keyof Spec>): Promise<number> {
  if (sizeOf(handle.shape) === 1) return toNumbers(await handle.data(), handle.dtype)[0]
  throw new TubeletError(`item: expected a scalar, got ${formatSpec(handle)}`, "use data() instead")
}
