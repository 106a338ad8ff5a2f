import { type Area, eachRow } from "./area.js"

/** Replaces levels of RGB bytes in place by a table [256], or one for each colour [3, 256]. */
export function lookUp(data: Uint8Array, area: Area, table: Uint8Array): void {
  const [green, blue] = table.length === 256 ? [0, 0] : [256, 512]
  eachRow(data, area, (row) => lookUpRow(row, table, green, blue))
}

function lookUpRow(row: Uint8Array, table: Uint8Array, green: number, blue: number): void {
  for (let i = 0; i < row.length; i += 3) {
    row[i] = table[row[i]]
    row[i + 1] = table[green + row[i + 1]]
    row[i + 2] = table[blue + row[i + 2]]
  }
}

/** A table of 256 levels. */
export const levelTable = (level: (value: number) => number): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, value) => level(value))
