/** Rows of floats as a NumPy file, [rows, columns] (NEP 1, version 1.0). */
export function npyOf(rows: readonly Float32Array[]): Uint8Array {
  const columns = rows[0]?.length ?? 0
  const fields = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows.length}, ${columns}), }`
  const start = 10
  // The data begins at a multiple of 64 bytes.
  const length = Math.ceil((start + fields.length + 1) / 64) * 64 - start
  const header = Buffer.alloc(start + length, " ")
  header.write("\x93NUMPY\x01\x00", "latin1")
  header.writeUInt16LE(length, 8)
  header.write(fields, start, "latin1")
  header.write("\n", start + length - 1)
  const data = Buffer.alloc(4 * rows.length * columns)
  for (const [i, row] of rows.entries()) {
    for (const [j, value] of row.entries()) data.writeFloatLE(value, 4 * (i * columns + j))
  }
  return Buffer.concat([header, data])
}
