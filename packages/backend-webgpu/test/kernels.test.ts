import { createHash } from "node:crypto"
import type { Backend, Graph, Program } from "@tubelet/core"
import { type PretrainConfig, presetConfig, pretrainModel } from "@tubelet/models"
import { compilePretrainStep, defaultMasks, tokenCounts } from "@tubelet/train"
import { expect, test } from "vitest"
import type { WebGpuBackend } from "../src/backend.js"
import type { WebGpuFacts } from "../src/device/facts.js"
import { knows } from "../src/knows.js"
import { batchWith, planGraph, shaderOf } from "../src/lower.js"

/** Limits that every device has, and subgroups, which most have. */
const device = {
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
const gpu = { features: new Set(["subgroups"]), limits: device.limits }
const backend = { gpu, device, tiles: new Map() } as unknown as WebGpuBackend

const tower = { dim: 64, depth: 2, heads: 2, mlpHidden: 128 }
const tiny: PretrainConfig = {
  ...presetConfig("videomaev2-s"),
  ...{ imageSize: 64, frames: 4, encoder: tower, decoder: { ...tower, dim: 32, mlpHidden: 64 } },
}

/** The graph of a training step, as `pretrain` would hand it to a backend. */
function stepGraph(config: PretrainConfig, batch: number): Promise<Graph> {
  const model = pretrainModel(config)
  const counts = tokenCounts(model, defaultMasks(config.system))
  return new Promise((resolve, reject) => {
    const compile = async (graph: Graph) => {
      resolve(graph)
      return {} as Program
    }
    const catcher = { name: "catcher", knows, compile } as unknown as Backend
    compilePretrainStep(catcher, model, { batch, counts, clipGrad: 0.02 }).catch(reject)
  })
}

/** One line a kernel, in the order of dispatches: the hash of what is compiled, and its label. */
async function kernelLines(config: PretrainConfig, batch: number): Promise<string> {
  const plan = planGraph(await stepGraph(config, batch), device)
  const lines = plan.kernels.map((kernel) => {
    const shader =
      kernel.kind === "batch" ? batchWith(kernel.members, backend) : shaderOf(kernel, plan, backend)
    const access = shader.bindings.map((binding) => binding.access)
    const workgroups = "workgroups" in shader ? shader.workgroups : []
    const compiled = JSON.stringify([shader.code, access, workgroups])
    return `${createHash("sha256").update(compiled).digest("hex")} ${shader.label}`
  })
  return `${lines.join("\n")}\n`
}

// After a deliberate change: npx vitest run -u packages/backend-webgpu/test/kernels.test.ts
test.each([
  ["videomaev2-b", presetConfig("videomaev2-b"), 1],
  ["mae-b", presetConfig("mae-b"), 4],
  ["tiny", tiny, 2],
] as const)(
  "the kernels of %s are, byte for byte, those on record",
  async (name, config, batch) => {
    await expect(await kernelLines(config, batch)).toMatchFileSnapshot(`kernels/${name}.txt`)
  },
)
