/** How a matrix product is divided over threads and workgroups. */
export type Tile = SharedTile | DirectTile

/**
 * A workgroup computes m x n results, k steps at a time, from workgroup memory; each thread
 * computes rows x columns of them.
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
 * A thread computes rows x columns results directly from memory. A workgroup has y x x such
 * threads, times `parts` that split the sum over k.
 */
export interface DirectTile {
  readonly kind: "direct"
  readonly rows: number
  readonly columns: number
  readonly y: number
  readonly x: number
  readonly parts: number
}

/** The sizes of a matmul: `batch` times [m, k] times [k, n]. */
export interface ProductShape {
  readonly batch: number
  readonly m: number
  readonly n: number
  readonly k: number
}

/** Rows and columns per workgroup. */
export const footprint = (tile: Tile): readonly [rows: number, columns: number] =>
  tile.kind === "shared" ? [tile.m, tile.n] : [tile.rows * tile.y, tile.columns * tile.x]

/** Invocations per workgroup. */
export const threadsOf = (tile: Tile): number =>
  tile.kind === "shared"
    ? (tile.m / tile.rows) * (tile.n / tile.columns)
    : tile.x * tile.y * tile.parts

/** Bytes of workgroup memory. */
export function sharedBytes(tile: Tile): number {
  if (tile.kind === "shared") return (tile.m + tile.n) * tile.k * 4
  return tile.parts === 1 ? 0 : threadsOf(tile) * tile.rows * tile.columns * 4
}

export function workgroupsOf({ batch, m, n }: ProductShape, tile: Tile): number {
  const [rows, columns] = footprint(tile)
  return batch * Math.ceil(m / rows) * Math.ceil(n / columns)
}

/** A name for profiles and records: `shared 64x64x16 8x4`. */
export const tileName = (tile: Tile): string =>
  tile.kind === "shared"
    ? `shared ${tile.m}x${tile.n}x${tile.k} ${tile.rows}x${tile.columns}`
    : `direct ${tile.rows}x${tile.columns} ${tile.y}x${tile.x}x${tile.parts}`

/** The tile with a given name, if valid. */
export function tileNamed(name: string): Tile | undefined {
  const [kind, ...numbers] = name.split(/[ x]/)
  const [p, q, r, s, t] = numbers.map(Number) as [number, number, number, number, number]
  const tile: Tile =
    kind === "shared"
      ? { kind, m: p, n: q, k: r, rows: s, columns: t }
      : { kind: "direct", rows: p, columns: q, y: r, x: s, parts: t }
  return tileName(tile) === name ? tile : undefined
}
