import { readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"

/** The elements of an idx file (MNIST's format), gzipped or not: u8 in row-major order. */
export function readIdx(path) {
  const stored = readFileSync(path)
  const bytes = path.endsWith(".gz") ? gunzipSync(stored) : stored
  const [type, rank] = [bytes[2], bytes[3]]
  if (bytes.readUInt16BE(0) !== 0 || type !== 8) throw new Error(`${path} is not an idx file of u8`)
  const shape = Array.from({ length: rank }, (_, i) => bytes.readUInt32BE(4 + 4 * i))
  const data = bytes.subarray(4 + 4 * rank)
  const size = shape.reduce((a, b) => a * b, 1)
  if (data.length !== size) {
    throw new Error(`${path} has ${data.length} elements, its header says ${size}`)
  }
  return { shape, data }
}

/** Pictures [N, rows, columns] and their labels. */
export function readPictures(images, labels) {
  const { shape, data } = readIdx(images)
  return { count: shape[0], side: shape[1], data, labels: readIdx(labels).data }
}
