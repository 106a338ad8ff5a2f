import { type Backend, type DeviceArray, isDeviceArray } from "../backend.js"
import { upload } from "../compile.js"
import type { HostArray, Spec } from "../dtype.js"
import { fromNumbers } from "../half.js"
import { flatten, type Tree } from "../records.js"
import { sampleValues } from "./samples.js"

/** Records the content of a handle at this point of a plan. */
export type See = (label: string, handle: DeviceArray) => Promise<void>

/** A program of several runs. Every backend must observe what the reference observes. */
export interface Plan {
  readonly name: string
  observe(backend: Backend, see: See): Promise<void>
}

/** Host elements from `low` to `high`, determined by the key. */
export const draw = (key: string, { dtype, shape }: Spec, low = -1, high = 1): HostArray =>
  fromNumbers(sampleValues(key, { dtype, shape, range: [low, high] }), dtype)

/** Uploads a flat record, with each entry determined by its name. */
export const uploadDrawn = <K extends string>(
  backend: Backend,
  specs: Record<K, Spec>,
  low?: number,
  high?: number,
): Record<K, DeviceArray> => {
  const names = Object.keys(specs) as K[]
  const values = names.map((name) => [name, draw(name, specs[name], low, high)])
  return upload(backend, specs, Object.fromEntries(values) as Tree<HostArray>) as Record<
    K,
    DeviceArray
  >
}

/** Records every handle of a nested record. */
export async function seeAll(see: See, label: string, handles: Tree<DeviceArray>) {
  for (const [path, handle] of flatten(handles, isDeviceArray))
    await see(`${label} ${path}`, handle)
}
