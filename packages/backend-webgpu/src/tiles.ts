/** How a product is cut over threads and workgroups. */
export type Tile = SharedTile | DirectTile

/**
 * A workgroup computes m x n results, k steps at a time, from what it has put into workgroup
 * memory; a thread computes rows x columns of them.
 */
export interface SharedTile {
  readonly kind: "shared"
  readonly m: number
  readonly n: number
  readonly k: number
  readonly rows: number
  readonly columns: number
}

/**
 * A thread computes rows x columns results straight from memory. A workgroup has y x x such
 * threads, times `parts` that share the sum over k.
 */
export interface DirectTile {
  readonly kind: "direct"
  readonly rows: number
  readonly columns: number
  readonly x: number
  readonly y: number
  readonly parts: number
}

/** The sizes of a product: for each of `batch`, [m, k] times [k, n]. */
export interface ProductShape {
  readonly batch: number
  readonly m: number
  readonly n: number
  readonly k: number
}

/** Rows and columns that a workgroup computes. */
export const footprint = (tile: Tile): readonly [number, number] =>
  tile.kind === "shared" ? [tile.m, tile.n] : [tile.rows * tile.y, tile.columns * tile.x]

/** Threads of a workgroup. */
export const threadsOf = (tile: Tile): number =>
  tile.kind === "shared"
    ? (tile.m / tile.rows) * (tile.n / tile.columns)
    : tile.x * tile.y * tile.parts

/** Bytes of workgroup memory. */
export const sharedBytes = (tile: Tile): number =>
  tile.kind === "shared"
    ? (tile.m + tile.n) * tile.k * 4
    : tile.parts === 1
      ? 0
      : threadsOf(tile) * tile.rows * tile.columns * 4

export const workgroupsOf = ({ batch, m, n }: ProductShape, tile: Tile): number => {
  const [rows, columns] = footprint(tile)
  return batch * Math.ceil(m / rows) * Math.ceil(n / columns)
}

/** A name for tables and profiles: `shared 64x64x16 8x4`. */
export const tileName = (tile: Tile): string =>
  tile.kind === "shared"
    ? `shared ${tile.m}x${tile.n}x${tile.k} ${tile.rows}x${tile.columns}`
    : `direct ${tile.rows}x${tile.columns} ${tile.y}x${tile.x}x${tile.parts}`
