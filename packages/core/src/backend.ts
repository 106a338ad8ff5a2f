import type { HostArray, Spec } from "./dtype.js"
import type { Graph } from "./graph.js"
import type { Op } from "./op.js"

/**
 * A tensor with data on a backend. A donated handle stays valid when a step overwrites its content.
 */
export interface DeviceArray extends Spec {
  readonly backend: Backend
  /** Copies the elements to the host, after all work enqueued so far. */
  data(): Promise<HostArray>
  /** The element of a scalar. */
  item(): Promise<number>
  /** Frees the storage now. Unreachable results are freed automatically. */
  dispose(): void
}

/** A run's value for one tensor: a handle, host data, or a number for a scalar. */
export type RunValue = DeviceArray | HostArray | number

/** Facts about the device, for `doctor` and for logs. */
export interface DeviceFacts {
  readonly name: string
  readonly threads?: number
  readonly [fact: string]: unknown
}

/** Memory held by a backend or a compiled function, in bytes. */
export interface MemoryReport {
  /** Bytes of live handles, or of a compiled function's buffers. */
  readonly bytesInUse: number
  /** Bytes allocated from the system for them. */
  readonly bytesReserved: number
}

export interface CompileOptions {
  /** A name for errors and profiles. */
  readonly name?: string
  /** Called with the fraction done, from 0 to 1. */
  readonly onProgress?: (done: number) => void
  /** Enables `Program.profile` on backends that can measure. */
  readonly profile?: boolean
}

/** A compiled graph. Inputs and outputs are in the graph's order. */
export interface Program {
  /**
   * Enqueues one run. The caller may change host arrays once it returns. An output with `into` is
   * the handle passed for that input; the others are new. Errors surface when an output is read.
   */
  run(inputs: readonly RunValue[]): DeviceArray[]
  memory(): MemoryReport
  /** Time by kernel; only if compiled with `profile`. */
  profile?(): Promise<ProfileRow[]>
  /** The planned cost of one run, on backends that plan. */
  costs?(): Promise<RunCosts>
  dispose(): Promise<void>
}

export interface ProfileRow {
  readonly kernel: string
  readonly calls: number
  readonly seconds: number
  /** Bytes that all calls read and wrote, each element counted once per call. */
  readonly bytes?: number
  /** FLOPs of all calls in matrix products and attention; a multiply-add counts as two. */
  readonly flops?: number
}

/** The planned cost of one run of a program. */
export interface RunCosts {
  /** Number of kernel launches. */
  readonly dispatches: number
  /** Bytes that kernels and copies read and write. */
  readonly bytesMoved: number
  /**
   * The part of `bytesMoved` that fusion cannot save: everything that matmuls, attention and
   * reductions access, plus the inputs and results that other kernels access.
   */
  readonly leastBytes: number
  /** Memory for intermediates, and the lower bound for any plan with this kernel order. */
  readonly peakBytes: number
  readonly liveBytes: number
}

/**
 * The interface of a backend. Only primitives are required; a composite that it does not support
 * is decomposed before it arrives.
 */
export interface Backend {
  readonly name: string
  readonly device: DeviceFacts
  /** Whether to keep a composite as it is. Not called for primitives, which are all required. */
  supports(op: Op): boolean
  upload(data: HostArray, spec: Spec): DeviceArray
  /**
   * Reserves `bytes` for future handles until `release` is called, so that running out of memory
   * surfaces before any work starts. Absent if the backend cannot tell.
   */
  reserve?(bytes: number): Promise<{ release(): void }>
  /** `graph` contains supported ops only and lists all its inputs and outputs. */
  compile(graph: Graph, options: CompileOptions): Promise<Program>
  /** Measured kernel choices as JSON. Checkpoints store them for resumed runs. */
  exportTuning?(): Readonly<Record<string, unknown>>
  /** Loads what `exportTuning` returned in an earlier process; call it before the first compile. */
  importTuning?(tuning: Readonly<Record<string, unknown>>): void
  /** Resolves when all enqueued work is done; rejects with the first unreported error. */
  synchronize(): Promise<void>
  memory(): MemoryReport
  dispose(): Promise<void>
}

export const isDeviceArray = (value: unknown): value is DeviceArray =>
  typeof value === "object" && value !== null && "backend" in value && "data" in value
