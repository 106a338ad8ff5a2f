import type { OpaqueKernel } from "@tubelet/core/schedule"

/**
 * A workgroup owns `rows` rows of one head and loops over the others `columns` at a time. A thread
 * computes 4 x 4 scores.
 */
export interface FlashTile {
  readonly rows: number
  readonly columns: number
}

/** Device limits, as named in WebGPU. */
export interface WorkgroupLimits {
  readonly maxComputeWorkgroupStorageSize: number
  readonly maxComputeInvocationsPerWorkgroup: number
}

/** The sizes of an attention op, from a kernel's point of view. */
export interface Extents {
  readonly batch: number
  readonly heads: number
  /** Queries; in the gradient of keys and values, keys. */
  readonly rows: number
  /** Keys; there, queries. */
  readonly columns: number
  readonly headSize: number
}

/** Vec4s of a head staged at a time while scores are summed. */
export const depth = 4

const sizes = [64, 32, 16]
const vec4Bytes = 16

export const threadsAcross = ({ columns }: FlashTile): number => columns / 4
export const threadsOf = ({ rows, columns }: FlashTile): number => (rows / 4) * (columns / 4)

/** Vec4s of a head. */
export const quadsOf = (headSize: number): number => Math.ceil(headSize / 4)

/** Vec4s of a head per thread, rounded up. */
export const ownQuads = (tile: FlashTile, headSize: number): number =>
  Math.ceil(quadsOf(headSize) / threadsAcross(tile))

/** Odd row pitches, in vec4s: consecutive rows then begin in different banks. */
export const stagePitch = depth + 1
export const weightPitch = (tile: FlashTile): number => threadsAcross(tile) + 1

/** Vec4s of staging memory: rows and columns of scores, or columns of whole heads. */
export const stageQuads = (tile: FlashTile, headSize: number): number =>
  Math.max(
    (tile.rows + tile.columns) * stagePitch,
    4 * depth * threadsAcross(tile) * ownQuads(tile, headSize),
    threadsOf(tile),
  )

export const weightQuads = (tile: FlashTile): number => tile.rows * weightPitch(tile)

const sharedBytes = (tile: FlashTile, headSize: number): number =>
  (stageQuads(tile, headSize) + weightQuads(tile)) * vec4Bytes

/** The sizes of an op's kernel; the side whose results it stores are the rows. */
export function extentsOf({ node }: OpaqueKernel): Extents {
  const [q, k] = node.inputs.map((t) => t.shape) as [readonly number[], readonly number[]]
  const [batch, heads, , headSize] = q as [number, number, number, number]
  const [queries, keys] = [q[2], k[2]]
  const [rows, columns] = node.op.name === "flashGradientKV" ? [keys, queries] : [queries, keys]
  return { batch, heads, rows, columns, headSize }
}

/** The tiles that a device can run, fastest first; none if a head exceeds its workgroup memory. */
export function flashTiles(kernel: OpaqueKernel, limits: WorkgroupLimits): FlashTile[] {
  const extents = extentsOf(kernel)
  // On equal cost the wider one comes first: its threads keep fewer sums in registers.
  const all = sizes.flatMap((columns) => sizes.map((rows) => ({ rows, columns })))
  const possible = all.filter(
    (tile) =>
      sharedBytes(tile, extents.headSize) <= limits.maxComputeWorkgroupStorageSize &&
      threadsOf(tile) <= limits.maxComputeInvocationsPerWorkgroup,
  )
  return possible.sort((a, b) => costOf(a, extents) - costOf(b, extents))
}

/** The cost of staging an element, in multiplications; small tiles stage often. */
const stagingCost = 6
/** The subgroup size of most GPUs: in a smaller workgroup the other lanes idle. */
const together = 32
/** The most vec4s of a head per thread: for four rows of k and v, that is 128 registers. */
const mostOwn = 4

/** Multiplications including padding, and overheads. */
function costOf(tile: FlashTile, { rows, columns, headSize }: Extents): number {
  const padded = (n: number, by: number) => Math.ceil(n / by) * by
  const scores = padded(rows, tile.rows) * padded(columns, tile.columns)
  const own = ownQuads(tile, headSize)
  const depths = headSize + 4 * threadsAcross(tile) * own
  const staging = 1 + stagingCost * (1 / tile.rows + 1 / tile.columns)
  const idle = Math.max(1, together / threadsOf(tile))
  const spilling = Math.max(1, own / mostOwn)
  return scores * depths * staging * idle * spilling
}
