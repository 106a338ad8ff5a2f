import type { Backend, Graph, Program } from "@tubelet/core"
import { type PretrainConfig, pretrainModel } from "@tubelet/models"
import { compilePretrainStep, defaultMasks, tokenCounts } from "@tubelet/train"
import type { WebGpuFacts } from "../../src/device/facts.js"
import { supports } from "../../src/supports.js"

/** A GPU with the limits that every WebGPU device has. */
export const anyGpu = {
  name: "a GPU",
  software: false,
  limits: {
    maxBufferSize: 2 ** 28,
    maxStorageBufferBindingSize: 2 ** 27,
    maxStorageBuffersPerShaderStage: 8,
    maxComputeWorkgroupStorageSize: 16384,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupsPerDimension: 65535,
  },
} as unknown as WebGpuFacts

/** The graph of a training step, as `pretrain` would hand it to a backend. */
export function stepGraph(
  config: PretrainConfig,
  batch: number,
  options: { readonly clipGrad?: number } = {},
): Promise<Graph> {
  const model = pretrainModel(config)
  const counts = tokenCounts(model, defaultMasks(config.system))
  return new Promise((resolve, reject) => {
    const compile = async (graph: Graph) => {
      resolve(graph)
      return {} as Program
    }
    const catcher = { name: "catcher", supports, compile } as unknown as Backend
    compilePretrainStep(catcher, model, { batch, counts, ...options }).catch(reject)
  })
}
