import { candidateTiles, type TileFacts } from "../codegen/tiles/choose.js"
import type { Tile } from "../codegen/tiles/tiles.js"
import { signatureOf, type TuningRecord } from "../codegen/tiles/tuning-record.js"
import type { Matmul } from "../schedule/kernel.js"

/** What tuning needs from a device. */
export interface Tuning {
  readonly facts: TileFacts
  /** Seconds for a matmul with a tile; Infinity if the device rejects the tile. */
  measure(kernel: Matmul, tile: Tile): Promise<number>
  /** Called after every product. */
  onProgress(done: number, total: number): void
}

/**
 * Times every candidate for each product that has not been measured, and keeps the fastest that
 * works, if any does.
 */
export async function tuneTiles(
  kernels: readonly Matmul[],
  record: TuningRecord,
  tuning: Tuning,
): Promise<void> {
  const missing = new Map(
    kernels.filter((x) => !record.get(x)).map((kernel) => [signatureOf(kernel), kernel]),
  )
  let done = 0
  for (const kernel of missing.values()) {
    const tile = await fastest(kernel, tuning)
    if (tile) record.set(kernel, tile)
    tuning.onProgress(++done, missing.size)
  }
}

async function fastest(kernel: Matmul, { facts, measure }: Tuning): Promise<Tile | undefined> {
  let best: { tile: Tile; seconds: number } | undefined
  for (const tile of candidateTiles(kernel, facts)) {
    const seconds = await measure(kernel, tile)
    if (seconds < (best?.seconds ?? Number.POSITIVE_INFINITY)) best = { tile, seconds }
  }
  return best?.tile
}
