/// <reference types="@webgpu/types" />
import type { Backend } from "@tubelet/core"
import { WebGpuBackend } from "./backend.js"
import { factsOf, openDevice } from "./device/facts.js"

/** How a backend is opened. */
export interface WebGpuOptions {
  /**
   * A device to use instead of a new one, with the limits and features it was asked for. It is
   * not destroyed with the backend. Errors of other work on it, unless that has error scopes,
   * surface at the next read here, or at one soon after.
   */
  readonly device?: GPUDevice
  /**
   * Times the possible tiles of every matrix product when it is first compiled and keeps the
   * fastest, which `exportTuning` returns. Default: off; the default tiles are reasonable.
   */
  readonly tune?: boolean
}

/**
 * A backend on a given device, or on one of its own; `advice` is for where there is none. Software
 * may take `softwareBytes` of memory.
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
