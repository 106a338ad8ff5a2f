import type { Backend } from "@tubelet/core"
import type { Heap, TuningRecord } from "@tubelet/core/codegen"
import type { DeviceErrors } from "./device/errors.js"
import type { WebGpuFacts } from "./device/facts.js"
import type { Buffers, DeviceBuffer } from "./memory/buffers.js"
import type { Staging } from "./memory/staging.js"
import type { Pipelines } from "./run/pipelines.js"

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
  readonly tiles: TuningRecord
  readonly errors: DeviceErrors
  readonly buffers: Buffers
  readonly heap: Heap<DeviceBuffer>
  readonly staging: Staging
  readonly pipelines: Pipelines
  /** Throws once the backend was disposed of or its device lost. */
  requireLive(): void
}
