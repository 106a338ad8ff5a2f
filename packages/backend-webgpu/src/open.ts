/// <reference types="@webgpu/types" />
import type { Backend } from "@tubelet/core"
import { WebGpuBackend } from "./backend.js"
import { factsOf, openDevice } from "./device/facts.js"

/** Options of `webgpuBackend`. */
export interface WebGpuOptions {
  /**
   * An existing device to use, with the limits and features it was requested with. It is not
   * destroyed with the backend. Errors of other work on it surface at a later read here, unless
   * that work uses error scopes.
   */
  readonly device?: GPUDevice
  /**
   * Times all tiles of every matrix product when it is first compiled and keeps the fastest, which
   * `exportTuning` returns. Default: off; the default tiles are reasonable.
   */
  readonly tune?: boolean
}

/**
 * A backend on a given or new device; `advice` is for the error if there is none. Software devices
 * may use `softwareBytes` of memory.
 */
export async function openBackend(
  { device, tune = false }: WebGpuOptions,
  findGpu: () => GPU | Promise<GPU>,
  advice: string,
  softwareBytes?: number,
): Promise<Backend> {
  const gpu = device ?? (await openDevice(await findGpu(), advice))
  const facts = factsOf(gpu)
  const bounded = facts.software && softwareBytes !== undefined
  const known = bounded ? { ...facts, memoryBytes: softwareBytes } : facts
  return new WebGpuBackend(gpu, { owned: device === undefined }, { tune }, known)
}
