import type { Tensor } from "@tubelet/core"
import { gridOf, type Placement } from "@tubelet/core/codegen"
import type { Gpu } from "../gpu.js"
import type { Range } from "../memory/buffers.js"
import { type DeviceBuffer, usage } from "../memory/buffers.js"
import { alignment, padding } from "../memory/limits.js"
import type { BatchMember, BatchShader } from "../wgsl/batch.js"
import { wgsl } from "../wgsl/dialect.js"
import { groupWords, headerWords, lengthWords, operandWords } from "../wgsl/table.js"
import { keptSets, type Launch, type NumberOf, type RangesOf } from "./dispatch.js"

/** One dispatch over members that lie in few enough buffers. */
interface Bound {
  readonly table: DeviceBuffer
  readonly group: GPUBindGroup
  readonly workgroups: readonly [number, number, number]
}

/** A member and where its operands lie in a run. */
interface Placed {
  readonly member: BatchMember
  readonly ranges: readonly Range[]
}

/** A batch ready to run. Its tables and bind groups are kept by the handles it was given. */
export class BatchDispatch implements Launch {
  readonly #bound = new Map<string, readonly Bound[]>()
  readonly #inputs: readonly number[]
  /** WebGPU wants every binding filled, each with bytes of its own. */
  #unused: DeviceBuffer | undefined

  constructor(
    readonly backend: Gpu,
    readonly shader: BatchShader,
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
    shader: BatchShader,
    placementOf: (t: Tensor) => Placement,
  ): Promise<BatchDispatch> {
    return new BatchDispatch(backend, shader, await backend.pipelines.get(shader), placementOf)
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
    const bound = inFewBuffers(placed, this.shader.slots).map((some) => this.#bindSome(some))
    if (this.#bound.size >= keptSets) this.#forget([...this.#bound.keys()][0])
    this.#bound.set(key, bound)
    return bound
  }

  #bindSome(placed: readonly Placed[]): Bound {
    const { backend, shader } = this
    const buffers = [...buffersOf(placed)]
    const { words, workgroups } = tableOf(placed, buffers)
    const { label } = shader
    const table = backend.buffers.create({
      label: `table of ${label}`,
      bytes: words.byteLength,
      usage: usage.storage | usage.copyTarget,
    })
    backend.gpu.queue.writeBuffer(table.gpu, 0, words)
    this.#unused ??= backend.buffers.create({
      label: "unused bindings",
      bytes: alignment * shader.slots,
      usage: usage.storage,
    })
    const slots = Array.from({ length: shader.slots }, (_, i) =>
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

/** Members in runs of which none touches more than so many buffers. */
function inFewBuffers(placed: readonly Placed[], slots: number): Placed[][] {
  const runs: Placed[][] = []
  for (const next of placed) {
    const run = runs.at(-1)
    if (run && buffersOf([...run, next]).size <= slots) run.push(next)
    else runs.push([next])
  }
  return runs
}

/** What tells a shader's workgroups what to do: see wgsl/table.ts. */
function tableOf(placed: readonly Placed[], buffers: readonly GPUBuffer[]) {
  const groups = placed.reduce((sum, { member }) => sum + member.parts, 0)
  const workgroups = gridOf(groups, wgsl.gridAxis)
  const entryWords = ({ ranges }: Placed) => lengthWords + operandWords * ranges.length
  const firstEntry = headerWords + groupWords * groups
  const words = new Uint32Array(placed.reduce((sum, p) => sum + entryWords(p), firstEntry))
  words.set([workgroups[0], groups])
  let [group, entry] = [headerWords, firstEntry]
  for (const each of placed) {
    const { member, ranges } = each
    for (let part = 0; part < member.parts; part++, group += groupWords) {
      words.set([entry, part], group)
    }
    const places = ranges.flatMap((r) => [buffers.indexOf(r.buffer.gpu), r.offset / padding])
    words.set([member.outer, member.inner, ...places], entry)
    entry += entryWords(each)
  }
  return { words, workgroups }
}
