import type { Backend } from "@tubelet/core"
import type { Buffers } from "./buffers.js"
import type { WebGpuFacts } from "./device.js"
import type { Faults } from "./faults.js"
import type { Heap } from "./heap.js"
import type { MeasuredTiles } from "./measured-tiles.js"
import type { Pipelines } from "./pipelines.js"
import type { Staging } from "./staging.js"

/** How kernels are chosen. */
export interface Choosing {
  /** Whether tiles are timed when a product is first compiled. */
  readonly tune: boolean
}

/** A device and what works on it: all that handles, dispatches and programs know of a backend. */
export interface Gpu extends Backend {
  readonly gpu: GPUDevice
  /** Kernels keep to these limits, which may be narrower than the device's. */
  readonly device: WebGpuFacts
  readonly choosing: Choosing
  readonly tiles: MeasuredTiles
  readonly faults: Faults
  readonly buffers: Buffers
  readonly heap: Heap
  readonly staging: Staging
  readonly pipelines: Pipelines
  /** Throws once the backend was disposed of or its device lost. */
  requireLive(): void
}
