import type { Graph } from "@tubelet/core"
import { type PretrainConfig, pretrainModel } from "@tubelet/models"
import { defaultMasks, pretrainPlan, stepGraph, tokenCounts } from "@tubelet/train"
import type { WebGpuFacts } from "../../src/device/facts.js"
import { supports } from "../../src/supports.js"

/** A GPU with the limits that WebGPU guarantees. */
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

/** The graph of a pre-training step with the authors' masks, as this backend is given it. */
export function presetGraph(
  config: PretrainConfig,
  batch: number,
  options: { readonly clipGrad?: number } = {},
): Graph {
  const model = pretrainModel(config)
  const counts = tokenCounts(model, defaultMasks(config.system))
  return stepGraph(pretrainPlan(model, { batch, counts, ...options }), supports)
}
