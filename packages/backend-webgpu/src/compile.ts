import type { CompileOptions, Graph, Program, Tensor } from "@tubelet/core"
import type { Plan } from "@tubelet/core/codegen"
import type { Batch, Kernel } from "@tubelet/core/schedule"
import type { Gpu } from "./gpu.js"
import { batchWith, planGraph, shaderOf } from "./lower.js"
import { slabsOf } from "./memory/slabs.js"
import { BatchDispatch } from "./run/batch-dispatch.js"
import { Dispatch, type Launch } from "./run/dispatch.js"
import { WebGpuProgram } from "./run/program.js"

/** Compiles a graph: kernels become pipelines, intermediates share a few buffers. */
export async function compileProgram(
  backend: Gpu,
  graph: Graph,
  { onProgress, profile = false }: CompileOptions,
): Promise<Program> {
  // Pages that do not profile do not load the profiler.
  const profiling = profile ? await import("./run/profile.js") : undefined
  profiling?.requireTimestamps(backend.gpu)
  const plan = planGraph(graph, backend.device)
  // Allocate before compiling kernels, to fail early if memory runs out.
  const slabs = await slabsOf(plan, backend.buffers)
  try {
    const launches = await launchesOf(plan, backend, onProgress)
    // It may have been disposed in the meantime.
    backend.requireLive()
    const profiler = profiling && new profiling.Profiler(backend.gpu, plan, launches)
    const program = new WebGpuProgram(backend, plan, launches, slabs, profiler)
    return profiler ? Object.assign(program, { profile: () => profiler.rows() }) : program
  } catch (error) {
    for (const slab of slabs) slab.destroy()
    throw error
  }
}

async function launchesOf(
  plan: Plan,
  backend: Gpu,
  onProgress: CompileOptions["onProgress"],
): Promise<Launch[]> {
  const tuning = backend.choosing.tune ? tuningShare : 0
  if (tuning > 0) {
    const { tune } = await import("./run/tune.js")
    await tune(backend, plan, (part) => onProgress?.(tuning * part))
  }
  let done = 0
  return Promise.all(
    plan.kernels.map(async (kernel) => {
      const launch = await launchOf(kernel, plan, backend)
      onProgress?.(tuning + ((1 - tuning) * ++done) / plan.kernels.length)
      return launch
    }),
  )
}

async function launchOf(kernel: Kernel | Batch, plan: Plan, backend: Gpu): Promise<Launch> {
  const placementOf = (t: Tensor) => plan.placements.get(t)!
  if (kernel.kind === "batch") {
    return BatchDispatch.load(backend, batchWith(kernel.members, backend), placementOf)
  }
  const shader = await shaderOf(kernel, plan, backend)
  const placements = shader.bindings.map(({ tensor }) => placementOf(tensor))
  return Dispatch.load(backend.pipelines, shader, placements)
}

/** The fraction of compilation that tile tuning takes, for the progress report: most of it. */
const tuningShare = 0.9
