import type { Backend } from "@tubelet/core"
import type { Heap, TuningRecord } from "@tubelet/core/codegen"
import type { DeviceErrors } from "./device/errors.js"
import type { WebGpuFacts } from "./device/facts.js"
import type { Buffers, DeviceBuffer } from "./memory/buffers.js"
import type { Staging } from "./memory/staging.js"
import type { Pipelines } from "./run/pipelines.js"

/** How kernels are chosen. */
export interface Choosing {
  /** Whether to time tiles when a matmul is first compiled. */
  readonly tune: boolean
}

/** A device and its services: the part of a backend that handles, dispatches and programs use. */
export interface Gpu extends Backend {
  readonly gpu: GPUDevice
  /** Limits for kernels; may be narrower than the device's. */
  readonly device: WebGpuFacts
  readonly choosing: Choosing
  readonly tiles: TuningRecord
  readonly errors: DeviceErrors
  readonly buffers: Buffers
  readonly heap: Heap<DeviceBuffer>
  readonly staging: Staging
  readonly pipelines: Pipelines
  /** Throws if the backend was disposed or its device lost. */
  requireLive(): void
}
