import type { Matmul, Strided } from "../../schedule/index.js"
import { defaultTile, fits, type TileFacts } from "./choose.js"
import { type Tile, tileName, tileNamed } from "./tiles.js"

/** What identifies a kind of device. */
export interface DeviceName {
  readonly vendor: string
  readonly architecture: string
  readonly description: string
}

/** Measured tiles by device, then by matmul, as names: the stored form. */
export type MeasuredTiles = Readonly<Record<string, Readonly<Record<string, string>>>>

/** The fastest tiles measured on one kind of device. */
export class TuningRecord {
  readonly #device: string
  readonly #record: Record<string, Record<string, string>>

  /** `record` comes from an earlier `toJSON` and may contain other devices. */
  constructor(device: DeviceName, record: MeasuredTiles = {}) {
    this.#device = [device.vendor, device.architecture, device.description].join("/")
    this.#record = Object.fromEntries(
      Object.entries(record).map(([name, tiles]) => [name, { ...tiles }]),
    )
  }

  /** Undefined if none was measured or this version does not know its name. */
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

/** Equal for matmuls that take the same time: sizes, layouts, dtypes. */
export function signatureOf({ batch, m, n, k, a, b }: Matmul): string {
  const layout = ({ tensor, offset, strides }: Strided) =>
    `${tensor.dtype} ${strides.join(",")}${offset % 4 === 0 ? "" : "+"}`
  return `${batch}x${m}x${k}x${n} ${layout(a)} ${layout(b)}`
}

/**
 * The measured tile, else the default. Browsers hide device details, so a record may come from a
 * more capable device.
 */
export function chooseTile(kernel: Matmul, facts: TileFacts, measured?: TuningRecord): Tile {
  const tile = measured?.get(kernel)
  return tile && fits(tile, facts) ? tile : defaultTile(kernel, facts)
}
