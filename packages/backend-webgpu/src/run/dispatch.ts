import type { Placement, Printed, Shader } from "@tubelet/core/codegen"
import type { Range } from "../memory/buffers.js"
import type { Pipelines } from "./pipelines.js"

/** The number of handle sets whose bind groups are cached. */
export const keptSets = 4

/** Resolves a placement to memory; tensors larger than a binding have several parts. */
export type RangesOf = (placement: Placement) => readonly Range[]
/** Identifies the memory of an input. */
export type NumberOf = (input: number) => number

/** One launch in a run's sequence. */
export interface Launch {
  readonly shader: Printed
  encode(
    device: GPUDevice,
    pass: GPUComputePassEncoder,
    rangesOf: RangesOf,
    numberOf: NumberOf,
  ): void
  /** Frees its resources on the device. */
  destroy(): void
}

/** A kernel ready to run: its pipeline, and bind groups by the handles used. */
export class Dispatch implements Launch {
  readonly #groups = new Map<string, GPUBindGroup>()
  readonly #inputs: readonly number[]

  constructor(
    readonly shader: Shader,
    readonly pipeline: GPUComputePipeline,
    readonly layout: GPUBindGroupLayout,
    readonly placements: readonly Placement[],
  ) {
    this.#inputs = placements.flatMap((placement) =>
      placement.kind === "input" ? [placement.input] : [],
    )
  }

  static async load(pipelines: Pipelines, shader: Shader, placements: readonly Placement[]) {
    const pipeline = await pipelines.get(shader)
    return new Dispatch(shader, pipeline, pipelines.layout(shader.bindings), placements)
  }

  /** Encodes itself into a pass. */
  encode(
    device: GPUDevice,
    pass: GPUComputePassEncoder,
    rangesOf: RangesOf,
    numberOf: NumberOf,
  ): void {
    const key = this.#inputs.map(numberOf).join()
    const group = this.#groups.get(key) ?? this.#bind(device, key, rangesOf)
    pass.setPipeline(this.pipeline)
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(...this.shader.workgroups)
  }

  destroy(): void {}

  #bind(device: GPUDevice, key: string, rangesOf: RangesOf): GPUBindGroup {
    const group = device.createBindGroup({
      label: this.shader.label,
      layout: this.layout,
      entries: this.placements.map((placement, binding) => {
        const { buffer, offset, size } = rangesOf(placement)[this.shader.bindings[binding].part]
        return { binding, resource: { buffer: buffer.gpu, offset, size } }
      }),
    })
    if (this.#groups.size >= keptSets) this.#groups.delete([...this.#groups.keys()][0])
    this.#groups.set(key, group)
    return group
  }
}
