import type { DeviceArray } from "./backend.js"
import { formatSpec, type HostArray, type Spec, sizeOf } from "./dtype.js"
import { TubeletError } from "./errors.js"
import { toNumbers } from "./half.js"

/** What every backend checks, in the same words. */

/** Throws unless `data` has as many elements as `spec`. */
export function requireFilled(data: HostArray, spec: Spec): void {
  if (data.length === sizeOf(spec.shape)) return
  throw new TubeletError(
    `upload: ${data.length} elements cannot fill ${formatSpec(spec)}`,
    `give ${sizeOf(spec.shape)} elements or another shape`,
  )
}

/** The error of a handle that was used after `dispose`. */
export const disposedHandle = (spec: Spec): TubeletError =>
  new TubeletError(
    `a handle of ${formatSpec(spec)} was disposed and cannot be used`,
    "dispose of a handle after its last use",
  )

/** The error of a backend that was used after `dispose`. */
export const disposedBackend = (): TubeletError =>
  new TubeletError(
    "this backend was disposed and cannot be used",
    "dispose of a backend after its last use, or make another",
  )

/** The one element of a handle; rejects where it has more. */
export async function itemOf(handle: Pick<DeviceArray, "data" | keyof Spec>): Promise<number> {
  if (sizeOf(handle.shape) === 1) return toNumbers(await handle.data(), handle.dtype)[0]
  throw new TubeletError(`item: ${formatSpec(handle)} is no scalar`, "read data() instead")
}
