import type { Matmul, Strided } from "../../schedule/index.js"
import { defaultTile, fits, type TileFacts } from "./choose.js"
import { type Tile, tileName, tileNamed } from "./tiles.js"

/** What tells devices of a kind apart. */
export interface DeviceName {
  readonly vendor: string
  readonly architecture: string
  readonly description: string
}

/** Measured tiles by device, then by product, as names: what records keep. */
export type MeasuredTiles = Readonly<Record<string, Readonly<Record<string, string>>>>

/** The fastest tiles that were found on one kind of device. */
export class TuningRecord {
  readonly #device: string
  readonly #record: Record<string, Record<string, string>>

  /** `record` is what an earlier one gave; of other devices it may hold more. */
  constructor(device: DeviceName, record: MeasuredTiles = {}) {
    this.#device = [device.vendor, device.architecture, device.description].join("/")
    this.#record = Object.fromEntries(
      Object.entries(record).map(([name, tiles]) => [name, { ...tiles }]),
    )
  }

  /** Undefined where none was measured, or its name means nothing to this version. */
  get(kernel: Matmul): Tile | undefined {
    const name = this.#record[this.#device]?.[signatureOf(kernel)]
    return name === undefined ? undefined : tileNamed(name)
  }

  set(kernel: Matmul, tile: Tile): void {
    this.#record[this.#device] ??= {}
    this.#record[this.#device][signatureOf(kernel)] = tileName(tile)
  }

  toJSON(): MeasuredTiles {
    return this.#record
  }
}

/** Equal for products that take equally long: sizes, layouts, dtypes. */
export function signatureOf({ batch, m, n, k, a, b }: Matmul): string {
  const layout = ({ tensor, offset, strides }: Strided) =>
    `${tensor.dtype} ${strides.join(",")}${offset % 4 === 0 ? "" : "+"}`
  return `${batch}x${m}x${k}x${n} ${layout(a)} ${layout(b)}`
}

/**
 * The measured tile, else what should be fastest. Browsers hide what tells devices apart, so a
 * record may come from one that could do more.
 */
export function chooseTile(kernel: Matmul, facts: TileFacts, measured?: TuningRecord): Tile {
  const tile = measured?.get(kernel)
  return tile && fits(tile, facts) ? tile : defaultTile(kernel, facts)
}
