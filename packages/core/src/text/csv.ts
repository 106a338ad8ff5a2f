/** A table as CSV: cells are quoted where they must be, and lines end in a line feed. */
export const csvText = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((row) => `${row.map(cell).join()}\n`).join("")

const cell = (value: string | number) =>
  /[",\r\n]|^\s|\s$/.test(`${value}`) ? `"${`${value}`.replaceAll('"', '""')}"` : `${value}`
