import type { Graph, Tensor } from "@tubelet/core"
import {
  type Bound,
  chooseTile,
  defaultTile,
  lowerBatch,
  lowerLoopNest,
  type Plan,
  planGraph as planFor,
  type Shader,
  splitK,
  type Tile,
  type TileFacts,
} from "@tubelet/core/codegen"
import { type Batch, type Kernel, type Matmul, writesOf } from "@tubelet/core/schedule"
import type { WebGpuFacts } from "./device/facts.js"
import type { Gpu } from "./gpu.js"
import { alignment, largestPart } from "./memory/limits.js"
import type { BoundBatch } from "./run/batch-dispatch.js"
import { wgsl } from "./wgsl/dialect.js"
import { sourceOver } from "./wgsl/memory.js"
import { opaque } from "./wgsl/opaque.js"
import { product } from "./wgsl/product.js"
import { Table } from "./wgsl/table.js"

/** What code generation depends on. */
export type Printing = Pick<Gpu, "gpu" | "device" | "tiles">

/** What tile selection depends on. */
export const tileFacts = ({ software, limits }: WebGpuFacts): TileFacts => ({
  software,
  threads: limits.maxComputeInvocationsPerWorkgroup,
  sharedBytes: limits.maxComputeWorkgroupStorageSize,
})

/** A graph as kernels, with its tensors placed in memory. */
export const planGraph = (graph: Graph, facts: WebGpuFacts): Plan =>
  planFor(graph, {
    language: wgsl.limits,
    alignment,
    partBytes: largestPart(facts.limits),
    operands: facts.limits.maxStorageBuffersPerShaderStage,
    batchBuffers: batchSlots(facts),
    splitK(sides) {
      const shape = { batch: 1, ...sides }
      return facts.software ? 1 : splitK(shape, defaultTile(shape, tileFacts(facts)))
    },
  })

/** The most buffers for the members of a batch; one binding is for its table. */
const batchSlots = ({ limits }: WebGpuFacts): number =>
  Math.min(mostSlots, limits.maxStorageBuffersPerShaderStage - 1)

/** More would only make each read choose among more buffers. */
const mostSlots = 12

/** The shader of a batch, with as many buffers as the device allows. */
export function batchWith(members: Batch["members"], { gpu, device }: Printing): BoundBatch {
  const slots = batchSlots(device)
  const traits = { subgroups: hasSubgroups(gpu) }
  const shader = lowerBatch(members, wgsl, (operands) => new Table(operands, slots), traits)
  const buffers = Array.from({ length: slots }, () => ({ access: "read_write" as const }))
  return { ...shader, bindings: [{ access: "read" }, ...buffers] }
}

const hasSubgroups = (gpu: GPUDevice) => gpu.features.has("subgroups" as GPUFeatureName)

/**
 * How a kernel's tensors are bound. Buffers of intermediates are always read-write. Handles are
 * read-only, unless the kernel also writes a handle, which may be in the same buffer.
 */
function boundIn(kernel: Kernel, { placements, partBytes }: Plan): Bound {
  const isIntermediate = (t: Tensor) => placements.get(t)!.kind === "slab"
  const writesHandle = writesOf(kernel).some((t) => !isIntermediate(t))
  const access = (t: Tensor) => (writesHandle || isIntermediate(t) ? "read_write" : "read")
  return { access, partBytes }
}

/** The shader of a matmul with a given tile. */
export const productWith = (kernel: Matmul, tile: Tile, plan: Plan): Shader =>
  product(kernel, tile, boundIn(kernel, plan))

/** The shader of a kernel. */
export async function shaderOf(
  kernel: Kernel,
  plan: Plan,
  { gpu, device, tiles }: Printing,
): Promise<Shader> {
  if (kernel.kind === "matmul") {
    return productWith(kernel, chooseTile(kernel, tileFacts(device), tiles), plan)
  }
  const bound = boundIn(kernel, plan)
  if (kernel.kind === "nest") {
    return lowerLoopNest(kernel, sourceOver(bound), {
      subgroups: hasSubgroups(gpu),
      software: device.software,
    })
  }
  return opaque(kernel, device.limits, bound)
}
