import type { Printed } from "@tubelet/core/codegen"
import { refused } from "../device/errors.js"

/** WebGPU's constant, which is not a global in Node. */
const compute = 4

/** Compiled shaders: equal code is compiled once for all programs of a device. */
export class Pipelines {
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>()
  readonly #layouts = new Map<string, GPUBindGroupLayout>()

  constructor(readonly device: GPUDevice) {}

  /** The bind group layout of a shader; programs with equal layouts share it. */
  layout(bindings: Printed["bindings"]): GPUBindGroupLayout {
    const key = bindings.map(({ access }) => access).join()
    const known = this.#layouts.get(key)
    if (known !== undefined) return known
    const layout = this.device.createBindGroupLayout({
      label: key,
      entries: bindings.map(({ access }, binding) => ({
        binding,
        visibility: compute,
        buffer: { type: access === "read" ? "read-only-storage" : "storage" },
      })),
    })
    this.#layouts.set(key, layout)
    return layout
  }

  get(shader: Printed): Promise<GPUComputePipeline> {
    const known = this.#pipelines.get(shader.code)
    if (known !== undefined) return known
    const pipeline = this.#compile(shader)
    this.#pipelines.set(shader.code, pipeline)
    return pipeline
  }

  async #compile({ label, code, bindings }: Printed): Promise<GPUComputePipeline> {
    const module = this.device.createShaderModule({ label, code })
    try {
      return await this.device.createComputePipelineAsync({
        label,
        layout: this.device.createPipelineLayout({ bindGroupLayouts: [this.layout(bindings)] }),
        compute: { module, entryPoint: "main" },
      })
    } catch (error) {
      throw refused(error as Error, label)
    }
  }
}
