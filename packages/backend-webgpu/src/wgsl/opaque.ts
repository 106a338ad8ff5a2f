import { TubeletError } from "@tubelet/core"
import type { Bound, Shader } from "@tubelet/core/codegen"
import type { OpaqueKernel } from "@tubelet/core/schedule"
import { flashTiles, type WorkgroupLimits } from "./flash/tile.js"
import { printFlashForward } from "./flash-forward.js"
import { printFlashGradientKV, printFlashGradientQ } from "./flash-gradient.js"
import { sourceOver } from "./memory.js"

const flash: Record<string, typeof printFlashForward> = {
  flashForward: printFlashForward,
  flashGradientQ: printFlashGradientQ,
  flashGradientKV: printFlashGradientKV,
}

/** The shader of an op with a hand-written kernel. */
export async function opaque(
  kernel: OpaqueKernel,
  limits: WorkgroupLimits,
  bound: Bound,
): Promise<Shader> {
  const source = sourceOver(bound)
  const { name } = kernel.node.op
  if (name === "scatterRows") {
    // No preset's training step scatters: pages that do load it when they compile.
    const { printScatterRows } = await import("./scatter.js")
    return printScatterRows(kernel, source)
  }
  const [tile] = flashTiles(kernel, limits)
  if (tile) return flash[name](kernel, tile, source)
  const size = kernel.node.inputs[0].shape.at(-1)
  throw new TubeletError(
    `attention heads of size ${size} do not fit into the GPU's workgroup memory`,
    `it has ${limits.maxComputeWorkgroupStorageSize} bytes; use more and smaller heads`,
  )
}
