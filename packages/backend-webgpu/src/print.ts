import type { Graph, Tensor } from "@tubelet/core"
import {
  flashAttention,
  type Kernel,
  schedule,
  splitReductions,
  writesOf,
} from "@tubelet/core/schedule"
import type { WebGpuBackend } from "./backend.js"
import { type Plan, planHomes } from "./plan.js"
import type { Binding, Shader } from "./shader.js"
import { defaultTile } from "./tile-choice.js"
import { nest } from "./wgsl/nest.js"
import { product } from "./wgsl/product.js"
import { whole } from "./wgsl/whole.js"

/** A graph as kernels, and where its tensors lie. */
export function planGraph(graph: Graph, limits: GPUSupportedLimits): Plan {
  const prepared = splitReductions(flashAttention(graph))
  const operands = limits.maxStorageBuffersPerShaderStage
  const slabBytes = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize)
  return planHomes(prepared, schedule(prepared, { operands }), slabBytes)
}

/**
 * How a kernel's tensors are bound. Buffers of inner tensors are read and written all the time; a
 * handle is only read, but where the kernel writes another that may lie in the same buffer.
 */
function accessIn(kernel: Kernel, { homes }: Plan): (t: Tensor) => Binding["access"] {
  const isInner = (t: Tensor) => homes.get(t)!.kind === "slab"
  const writesHandle = writesOf(kernel).some((t) => !isInner(t))
  return (t) => (writesHandle || isInner(t) ? "read_write" : "read")
}

/** A kernel as the shaders that do it. */
export function shadersOf(kernel: Kernel, plan: Plan, { gpu }: WebGpuBackend): Shader[] {
  const access = accessIn(kernel, plan)
  const ability = { subgroups: gpu.features.has("subgroups" as GPUFeatureName) }
  if (kernel.kind === "nest") return [nest(kernel, access, ability)]
  if (kernel.kind === "matmul") {
    const software = gpu.adapterInfo?.isFallbackAdapter ?? false
    return [product(kernel, defaultTile(kernel, { software, limits: gpu.limits }), access)]
  }
  return [whole(kernel, gpu.limits, access)]
}
