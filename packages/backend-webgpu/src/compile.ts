import type { CompileOptions, Graph, Program, Tensor } from "@tubelet/core"
import type { Batch, Kernel, Matmul } from "@tubelet/core/schedule"
import { BatchDispatch } from "./batch-dispatch.js"
import { Dispatch, type Step } from "./dispatch.js"
import type { Gpu } from "./gpu.js"
import type { Plan } from "./plan.js"
import { batchWith, planGraph, productWith, shaderOf } from "./print.js"
import { WebGpuProgram } from "./program.js"
import { slabsOf } from "./slabs.js"
import type { Tile } from "./tiles.js"

/** Compiles a graph: its kernels become pipelines, its inner tensors places in a few buffers. */
export async function compileProgram(
  backend: Gpu,
  graph: Graph,
  { onProgress, profile = false }: CompileOptions,
): Promise<Program> {
  // Pages that measure nothing load nothing of it.
  const profiling = profile ? await import("./profile.js") : undefined
  profiling?.requireTimestamps(backend.gpu)
  const plan = planGraph(graph, backend.device)
  // Before kernels are compiled: that there is no room is told at once.
  const slabs = await slabsOf(plan, backend.buffers)
  try {
    const steps = await stepsOf(plan, backend, onProgress)
    // It may have been disposed of meanwhile.
    backend.requireLive()
    const profiler = profiling && new profiling.Profiler(backend.gpu, plan, steps)
    const program = new WebGpuProgram(backend, plan, steps, slabs, profiler)
    return profiler ? Object.assign(program, { profile: () => profiler.rows() }) : program
  } catch (error) {
    for (const slab of slabs) slab.destroy()
    throw error
  }
}

async function stepsOf(
  plan: Plan,
  backend: Gpu,
  onProgress: CompileOptions["onProgress"],
): Promise<Step[]> {
  const tuning = backend.choosing.tune ? tuningShare : 0
  if (tuning > 0) await tune(backend, plan, (part) => onProgress?.(tuning * part))
  let done = 0
  return Promise.all(
    plan.kernels.map(async (kernel) => {
      const step = await stepOf(kernel, plan, backend)
      onProgress?.(tuning + ((1 - tuning) * ++done) / plan.kernels.length)
      return step
    }),
  )
}

async function stepOf(kernel: Kernel | Batch, plan: Plan, backend: Gpu): Promise<Step> {
  const homeOf = (t: Tensor) => plan.homes.get(t)!
  if (kernel.kind === "batch") {
    return BatchDispatch.load(backend, batchWith(kernel.members, backend), homeOf)
  }
  const shader = shaderOf(kernel, plan, backend)
  const homes = shader.bindings.map(({ tensor }) => homeOf(tensor))
  return Dispatch.load(backend.pipelines, shader, homes)
}

/** How much of a compilation the timing of tiles takes, for its progress: most. */
const tuningShare = 0.9

async function tune(
  { faults, device, tiles }: Gpu,
  plan: Plan,
  onProgress: (part: number) => void,
): Promise<void> {
  const { tuneTiles } = await import("./tune.js")
  const products = plan.kernels.filter((kernel) => kernel.kind === "matmul")
  const print = (kernel: Matmul, tile: Tile) => productWith(kernel, tile, plan)
  return tuneTiles(faults, device, products, print, tiles, (done, total) =>
    onProgress(done / total),
  )
}
