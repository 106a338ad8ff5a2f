import type { Matmul } from "@tubelet/core/schedule"
import { measure } from "./measure.js"
import { type MeasuredTiles, signatureOf } from "./measured-tiles.js"
import type { Shader } from "./shader.js"
import { candidateTiles, type TileFacts } from "./tile-choice.js"
import type { Tile } from "./tiles.js"

/**
 * Times every candidate for each product that was not measured yet, and keeps the fastest. `print`
 * gives a product's shader at a tile, `onProgress` hears of every product that is done.
 */
export async function tuneTiles(
  device: GPUDevice,
  facts: TileFacts,
  kernels: readonly Matmul[],
  print: (kernel: Matmul, tile: Tile) => Shader,
  measured: MeasuredTiles,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  const missing = new Map(
    kernels.filter((x) => !measured.get(x)).map((kernel) => [signatureOf(kernel), kernel]),
  )
  let done = 0
  for (const kernel of missing.values()) {
    measured.set(kernel, await fastest(device, facts, kernel, print))
    onProgress(++done, missing.size)
  }
}

async function fastest(
  device: GPUDevice,
  facts: TileFacts,
  kernel: Matmul,
  print: (kernel: Matmul, tile: Tile) => Shader,
): Promise<Tile> {
  let best: { tile: Tile; seconds: number } | undefined
  for (const tile of candidateTiles(kernel, facts)) {
    const seconds = await measure(device, print(kernel, tile))
    if (best === undefined || seconds < best.seconds) best = { tile, seconds }
  }
  return best!.tile
}
