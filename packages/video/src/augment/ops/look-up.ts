/** Replaces the levels of RGB bytes in place by a table [256], or one for each colour [3, 256]. */
export function lookUp(data: Uint8Array, table: Uint8Array): void {
  const [green, blue] = table.length === 256 ? [0, 0] : [256, 512]
  for (let i = 0; i < data.length; i += 3) {
    data[i] = table[data[i]]
    data[i + 1] = table[green + data[i + 1]]
    data[i + 2] = table[blue + data[i + 2]]
  }
}

/** A table of 256 levels. */
export const levelTable = (level: (value: number) => number): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, value) => level(value))
