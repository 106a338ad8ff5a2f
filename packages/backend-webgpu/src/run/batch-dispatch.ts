import type { Tensor } from "@tubelet/core"
import {
  type BatchMember,
  type BatchShader,
  batchTable,
  type Placement,
  type Printed,
} from "@tubelet/core/codegen"
import type { Gpu } from "../gpu.js"
import type { Range } from "../memory/buffers.js"
import { type DeviceBuffer, usage } from "../memory/buffers.js"
import { alignment, padding } from "../memory/limits.js"
import { wgsl } from "../wgsl/dialect.js"
import { keptSets, type Launch, type NumberOf, type RangesOf } from "./dispatch.js"

/** A dispatch over members that share few enough buffers. */
interface Bound {
  readonly table: DeviceBuffer
  readonly group: GPUBindGroup
  readonly workgroups: readonly [number, number, number]
}

/** A batch's shader and its bindings: the table, then as many buffers as it may use. */
export type BoundBatch = BatchShader & Printed

/** A member, and the memory of its operands in a run. */
interface Placed {
  readonly member: BatchMember
  readonly ranges: readonly Range[]
}

/** A batch ready to run. It caches tables and bind groups by the handles used. */
export class BatchDispatch implements Launch {
  readonly #bound = new Map<string, readonly Bound[]>()
  readonly #inputs: readonly number[]
  /** WebGPU requires every binding to be filled, each with different bytes. */
  #unused: DeviceBuffer | undefined

  constructor(
    readonly backend: Gpu,
    readonly shader: BoundBatch,
    readonly pipeline: GPUComputePipeline,
    readonly placementOf: (t: Tensor) => Placement,
  ) {
    const placements = shader.members.flatMap(({ operands }) => operands.map(placementOf))
    const inputs = placements.flatMap((placement) =>
      placement.kind === "input" ? [placement.input] : [],
    )
    this.#inputs = [...new Set(inputs)]
  }

  static async load(
    backend: Gpu,
    shader: BoundBatch,
    placementOf: (t: Tensor) => Placement,
  ): Promise<BatchDispatch> {
    return new BatchDispatch(backend, shader, await backend.pipelines.get(shader), placementOf)
  }

  /** How many buffers one dispatch may use. */
  get #slots(): number {
    return this.shader.bindings.length - 1
  }

  encode(_: GPUDevice, pass: GPUComputePassEncoder, rangesOf: RangesOf, numberOf: NumberOf): void {
    const key = this.#inputs.map(numberOf).join()
    pass.setPipeline(this.pipeline)
    for (const { group, workgroups } of this.#bound.get(key) ?? this.#bind(key, rangesOf)) {
      pass.setBindGroup(0, group)
      pass.dispatchWorkgroups(...workgroups)
    }
  }

  destroy(): void {
    for (const key of [...this.#bound.keys()]) this.#forget(key)
    this.#unused?.destroy()
  }

  #forget(key: string): void {
    for (const { table } of this.#bound.get(key)!) table.destroy()
    this.#bound.delete(key)
  }

  #bind(key: string, rangesOf: RangesOf): readonly Bound[] {
    const placed = this.shader.members.map((member) => ({
      member,
      ranges: member.operands.map((t) => rangesOf(this.placementOf(t))[0]),
    }))
    const bound = inFewBuffers(placed, this.#slots).map((some) => this.#bindSome(some))
    if (this.#bound.size >= keptSets) this.#forget([...this.#bound.keys()][0])
    this.#bound.set(key, bound)
    return bound
  }

  #bindSome(placed: readonly Placed[]): Bound {
    const { backend, shader } = this
    const buffers = [...buffersOf(placed)]
    const { words, workgroups } = batchTable(
      placed.map(({ member, ranges }) => ({
        member,
        places: ranges.map((r) => [buffers.indexOf(r.buffer.gpu), r.offset / padding]),
      })),
      wgsl.gridAxis,
    )
    const { label } = shader
    const table = backend.buffers.create({
      label: `table of ${label}`,
      bytes: words.byteLength,
      usage: usage.storage | usage.copyTarget,
    })
    backend.gpu.queue.writeBuffer(table.gpu, 0, words)
    this.#unused ??= backend.buffers.create({
      label: "unused bindings",
      bytes: alignment * this.#slots,
      usage: usage.storage,
    })
    const slots = Array.from({ length: this.#slots }, (_, i) =>
      i < buffers.length
        ? { buffer: buffers[i] }
        : { buffer: this.#unused!.gpu, offset: alignment * i, size: alignment },
    )
    const group = backend.gpu.createBindGroup({
      label,
      layout: backend.pipelines.layout(shader.bindings),
      entries: [{ buffer: table.gpu }, ...slots].map((resource, binding) => ({
        binding,
        resource,
      })),
    })
    return { table, group, workgroups }
  }
}

const buffersOf = (placed: readonly Placed[]): Set<GPUBuffer> =>
  new Set(placed.flatMap(({ ranges }) => ranges.map(({ buffer }) => buffer.gpu)))

/** Splits members into runs that each use at most `most` buffers. */
function inFewBuffers(placed: readonly Placed[], slots: number): Placed[][] {
  const runs: Placed[][] = []
  for (const next of placed) {
    const run = runs.at(-1)
    if (run && buffersOf([...run, next]).size <= slots) run.push(next)
    else runs.push([next])
  }
  return runs
}
