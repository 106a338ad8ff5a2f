import { type CompileOptions, type Graph, type Program, TubeletError } from "@tubelet/core"
import type { WebGpuBackend } from "./backend.js"

export async function compileProgram(
  _backend: WebGpuBackend,
  _graph: Graph,
  _options: CompileOptions,
): Promise<Program> {
  throw new TubeletError("backend webgpu compiles nothing yet", "use backend cpu")
}
