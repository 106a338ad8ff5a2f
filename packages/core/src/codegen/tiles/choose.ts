import {
  type DirectTile,
  footprint,
  type ProductShape,
  type SharedTile,
  sharedBytes,
  type Tile,
  threadsOf,
  workgroupsOf,
} from "./tiles.js"

/** What tile selection depends on. */
export interface TileFacts {
  /** Whether the device is a CPU. */
  readonly software: boolean
  /** The most threads per workgroup. */
  readonly threads: number
  /** The most bytes of workgroup memory. */
  readonly sharedBytes: number
}

const shared = (m: number, n: number, k: number, rows: number, columns: number): SharedTile => ({
  kind: "shared",
  m,
  n,
  k,
  rows,
  columns,
})
const direct = (rows: number, columns: number, y: number, x: number, parts = 1): DirectTile => ({
  kind: "direct",
  rows,
  columns,
  y,
  x,
  parts,
})

/**
 * GPU tiles and the fraction of peak that each can reach, estimated from its reads. A thread with r
 * x c results reads r + c words of workgroup memory for r c multiplications; a workgroup of m x n
 * reads m + n words of memory for m n. Larger tiles read less, smaller ones occupy more cores. All
 * fit in 256 threads and 16 KiB of workgroup memory, which every GPU has.
 */
const sharedTiles: readonly (readonly [SharedTile, share: number])[] = [
  [shared(128, 128, 16, 8, 8), 1],
  [shared(128, 64, 16, 8, 8), 0.95],
  [shared(64, 128, 16, 8, 8), 0.95],
  [shared(64, 64, 16, 8, 4), 0.85],
  [shared(64, 64, 32, 4, 4), 0.75],
  [shared(32, 64, 16, 4, 4), 0.65],
  [shared(64, 32, 16, 4, 4), 0.65],
  [shared(32, 32, 32, 4, 4), 0.5],
]

/** Without workgroup memory. */
const directTiles: readonly DirectTile[] = [
  direct(8, 8, 4, 4),
  direct(4, 8, 8, 4),
  direct(4, 4, 8, 8),
]

/** Enough workgroups to keep a GPU busy: small ones have a few dozen cores, large ones 100. */
export const busy = 96

/** For few rows or columns: no data is reused, so threads split the sums over k instead. */
const thin = 4

function thinTile({ m, k }: ProductShape, software: boolean): DirectTile {
  const most = 2 ** Math.floor(Math.log2(k / 16))
  const parts = software ? 1 : Math.max(1, Math.min(32, most))
  const beside = Math.min(32, 256 / parts)
  return m <= thin ? direct(m === 1 ? 1 : 4, 4, 1, beside, parts) : direct(4, 4, beside, 1, parts)
}

/** Whether a device can run a tile. */
export const fits = (tile: Tile, facts: TileFacts): boolean =>
  threadsOf(tile) <= facts.threads && sharedBytes(tile) <= facts.sharedBytes

const isThin = ({ m, n }: ProductShape): boolean => m <= thin || n <= thin

/** All tiles worth timing for a product. */
export function candidateTiles(shape: ProductShape, facts: TileFacts): Tile[] {
  const tiles = isThin(shape)
    ? [thinTile(shape, false), thinTile(shape, true)]
    : [...directTiles, ...sharedTiles.map(([tile]) => tile)]
  return tiles.filter((tile) => fits(tile, facts))
}

/**
 * The tile that should be fastest, without measurement. On a GPU: best fraction of peak, minus work
 * beyond the edges, minus idle cores. On a CPU barriers cost more than workgroup memory saves
 * (SwiftShader on two cores: direct tiles reach 1 to 3.7 GFLOP/s, best with 8x8 results per thread;
 * shared ones 0.8 to 1.7).
 */
export function defaultTile(shape: ProductShape, facts: TileFacts): Tile {
  if (isThin(shape)) return thinTile(shape, facts.software)
  if (facts.software) return directTiles[0]
  const possible = sharedTiles.filter(([tile]) => fits(tile, facts))
  const scored = possible.map(([tile, share]) => {
    const workgroups = workgroupsOf(shape, tile)
    const [rows, columns] = footprint(tile)
    const useful = (shape.batch * shape.m * shape.n) / (workgroups * rows * columns)
    return { tile, score: share * useful * Math.min(1, workgroups / busy) }
  })
  return scored.reduce((best, x) => (x.score > best.score ? x : best)).tile
}
