import type { Matmul } from "@tubelet/core/schedule"
import type { Faults } from "./faults.js"
import { measure } from "./measure.js"
import { type MeasuredTiles, signatureOf } from "./measured-tiles.js"
import type { Shader } from "./shader.js"
import { candidateTiles, type TileFacts } from "./tile-choice.js"
import type { Tile } from "./tiles.js"

/**
 * Times every candidate for each product that was not measured yet, and keeps the fastest of those
 * that the device takes; where it takes none, none is kept. `print` gives a product's shader at a
 * tile, `onProgress` hears of every product that is done.
 */
export async function tuneTiles(
  faults: Faults,
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
    const tile = await fastest(faults, facts, kernel, print)
    if (tile) measured.set(kernel, tile)
    onProgress(++done, missing.size)
  }
}

async function fastest(
  faults: Faults,
  facts: TileFacts,
  kernel: Matmul,
  print: (kernel: Matmul, tile: Tile) => Shader,
): Promise<Tile | undefined> {
  let best: { tile: Tile; seconds: number } | undefined
  for (const tile of candidateTiles(kernel, facts)) {
    const seconds = await secondsOf(faults, print(kernel, tile))
    if (seconds < (best?.seconds ?? Number.POSITIVE_INFINITY)) best = { tile, seconds }
  }
  return best?.tile
}

/** Endless where the device refuses the shader or what it takes: the next one may be smaller. */
async function secondsOf(faults: Faults, shader: Shader): Promise<number> {
  try {
    return await measure(faults.device, shader)
  } catch {
    await faults.requireStill()
    return Number.POSITIVE_INFINITY
  }
}
