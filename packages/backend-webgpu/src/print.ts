import { type Graph, type Tensor, TubeletError } from "@tubelet/core"
import { type Kernel, schedule, splitReductions, writesOf } from "@tubelet/core/schedule"
import type { WebGpuBackend } from "./backend.js"
import { type Plan, planHomes } from "./plan.js"
import type { Binding, Shader } from "./shader.js"
import { printNest } from "./wgsl/nest.js"

/** A graph as kernels, and where its tensors lie. */
export function planGraph(graph: Graph, limits: GPUSupportedLimits): Plan {
  const prepared = splitReductions(graph)
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

export function shadersOf(kernel: Kernel, plan: Plan, backend: WebGpuBackend): Shader[] {
  const access = accessIn(kernel, plan)
  if (kernel.kind === "nest") return [printNest(kernel, { access, subgroups: backend.gpu.features.has("subgroups") })]
  throw new TubeletError("no", "no")
}
