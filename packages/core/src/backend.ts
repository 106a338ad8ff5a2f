import type { HostArray, Spec } from "./dtype.js"
import type { Graph } from "./graph.js"
import type { Op } from "./op.js"

/**
 * A tensor with data, on a backend. A donated handle keeps its identity when a step overwrites
 * its content.
 */
export interface DeviceArray extends Spec {
  readonly backend: Backend
  /** A copy of the elements, once all work that was enqueued before has been done. */
  data(): Promise<HostArray>
  /** The one element of a scalar. */
  item(): Promise<number>
  /** Frees the storage now; a result that nobody holds is freed by itself. */
  dispose(): void
}

/** What a run may be given for a tensor: a handle, host elements, or a number for a scalar. */
export type RunValue = DeviceArray | HostArray | number

/** Facts about where a backend runs, for `doctor` and for records. */
export interface DeviceFacts {
  readonly name: string
  readonly threads?: number
  readonly [fact: string]: unknown
}

/** Bytes a backend or a compiled function holds. */
export interface MemoryReport {
  /** Bytes of live handles, or of a compiled function's buffers. */
  readonly bytesInUse: number
  /** Bytes taken from the system for them. */
  readonly bytesReserved: number
}

export interface CompileOptions {
  /** A name for errors and profiles. */
  readonly name?: string
  /** Called as compilation advances, from 0 to 1. */
  readonly onProgress?: (done: number) => void
  /** Backends that can measure themselves then give `Program.profile`. */
  readonly profile?: boolean
}

/** A compiled graph. Inputs and outputs stand in the order of the graph's. */
export interface Program {
  /**
   * Enqueues one run. Host arrays may be changed once it returns. An output with `into` is the
   * handle given for that input; the others are fresh. An error surfaces where an output is read.
   */
  run(inputs: readonly RunValue[]): DeviceArray[]
  memory(): MemoryReport
  /** Where the time went, a line for each kernel; only when compiled with `profile`. */
  profile?(): Promise<ProfileRow[]>
  /** What each run takes, where the backend plans it. */
  costs?(): Promise<RunCosts>
  dispose(): Promise<void>
}

export interface ProfileRow {
  readonly kernel: string
  readonly calls: number
  readonly seconds: number
  /** What all calls read and wrote, each element once a call. */
  readonly bytes?: number
  /** Operations of all calls in matrix products and attention, two for a multiply-add. */
  readonly flops?: number
}

/** What one run of a program takes, as it was planned. */
export interface RunCosts {
  /** Kernels that are started. */
  readonly dispatches: number
  /** What kernels and copies read and write. */
  readonly bytesMoved: number
  /**
   * What products, attention and reductions read and write, and of other kernels only what they
   * take from inputs and give to results: the rest is elementwise and could be fused.
   */
  readonly leastBytes: number
  /** Memory for intermediates, and the least that any plan could do with in this order. */
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
   * Holds memory for handles to come, so many bytes in all, until it is released: what there is no
   * room for is told before any work is done for it. A backend that cannot know has none.
   */
  reserve?(bytes: number): Promise<{ release(): void }>
  /** The graph uses known ops only, its inputs and outputs are listed in it. */
  compile(graph: Graph, options: CompileOptions): Promise<Program>
  /** Measured kernel choices as JSON. Checkpoints store them for resumed runs. */
  exportTuning?(): Readonly<Record<string, unknown>>
  /** Loads what `exportTuning` returned in an earlier process; call it before the first compile. */
  importTuning?(tuning: Readonly<Record<string, unknown>>): void
  /** Waits until all enqueued work is done; rejects with the first error nobody has read. */
  synchronize(): Promise<void>
  memory(): MemoryReport
  dispose(): Promise<void>
}

export const isDeviceArray = (value: unknown): value is DeviceArray =>
  typeof value === "object" && value !== null && "backend" in value && "data" in value
