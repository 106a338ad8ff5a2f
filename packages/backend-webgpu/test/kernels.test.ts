import { createHash } from "node:crypto"
import type { Plan } from "@tubelet/core/codegen"
import { type PretrainConfig, presetConfig } from "@tubelet/models"
import { expect, test } from "vitest"
import type { WebGpuBackend } from "../src/backend.js"
import { batchWith, planGraph, shaderOf } from "../src/lower.js"
import { anyGpu, presetGraph } from "./support/planned.js"

/** With subgroups, which most GPUs have. */
const gpu = { features: new Set(["subgroups"]), limits: anyGpu.limits }
const backend = { gpu, device: anyGpu, tiles: new Map() } as unknown as WebGpuBackend

const stack = { dim: 64, depth: 2, heads: 2, mlpHidden: 128 }
const tiny: PretrainConfig = {
  ...presetConfig("videomaev2-s"),
  ...{ imageSize: 64, frames: 4, encoder: stack, decoder: { ...stack, dim: 32, mlpHidden: 64 } },
}

/** One line per kernel, in dispatch order: the hash of its compiled code, and its label. */
async function kernelLines(config: PretrainConfig, batch: number): Promise<string> {
  const plan = planGraph(presetGraph(config, batch, { clipGrad: 0.02 }), anyGpu)
  const line = async (kernel: Plan["kernels"][number]) => {
    const shader =
      kernel.kind === "batch"
        ? batchWith(kernel.members, backend)
        : await shaderOf(kernel, plan, backend)
    const access = shader.bindings.map((binding) => binding.access)
    const workgroups = "workgroups" in shader ? shader.workgroups : []
    const compiled = JSON.stringify([shader.code, access, workgroups])
    return `${createHash("sha256").update(compiled).digest("hex")} ${shader.label}`
  }
  const lines = await Promise.all(plan.kernels.map(line))
  return `${lines.join("\n")}\n`
}

// After a deliberate change: npx vitest run -u packages/backend-webgpu/test/kernels.test.ts
test.each([
  ["videomaev2-b", presetConfig("videomaev2-b"), 1],
  ["mae-b", presetConfig("mae-b"), 4],
  ["tiny", tiny, 2],
] as const)("the kernels of %s match the record byte for byte", async (name, config, batch) => {
  await expect(await kernelLines(config, batch)).toMatchFileSnapshot(`kernels/${name}.txt`)
})
