import type { Plan } from "@tubelet/core/codegen"
import { type Tuning, tuneTiles } from "@tubelet/core/measure"
import type { Gpu } from "../gpu.js"
import { productWith, tileFacts } from "../lower.js"
import { measure } from "./measure.js"

/**
 * Times the tiles of a plan's matmuls that have not been measured; `onProgress` goes from 0 to 1.
 */
export function tune(
  { device, errors, tiles }: Gpu,
  plan: Plan,
  onProgress: (part: number) => void,
): Promise<void> {
  const products = plan.kernels.filter((kernel) => kernel.kind === "matmul")
  const timed: Tuning["measure"] = async (kernel, tile) => {
    try {
      return await measure(errors.device, productWith(kernel, tile, plan))
    } catch {
      await errors.requireNotLost()
      return Number.POSITIVE_INFINITY
    }
  }
  return tuneTiles(products, tiles, {
    facts: tileFacts(device),
    measure: timed,
    onProgress: (done, total) => onProgress(done / total),
  })
}
