import { TubeletError } from "@tubelet/core"
import { bytesOf, type ElementType, fetchBytes, type TensorSource } from "../tensor.js"
import { type TensorFile, tensorFile } from "../tensor-file.js"
import type { Piece, Renamed } from "./translate.js"

/** A view of a file under other names. Stacks and splits tensors on read, one at a time. */
export function renamedView(file: TensorFile, renamed: readonly Renamed[]): TensorFile {
  const tensors = new Map(
    renamed.map(({ name, pieces }) => [
      name,
      stacked(
        name,
        pieces.map((p) => cut(file, p)),
      ),
    ]),
  )
  return tensorFile(file.path, tensors, () => file.close())
}

function cut(file: TensorFile, { from, block, zeros }: Piece): TensorSource {
  const source = file.tensors.get(from)!
  const { dtype, shape } = source
  if (zeros) return { dtype, shape, bytes: () => new Uint8Array(bytesOf(dtype, shape)) }
  if (!block) return source
  const { index, count } = block
  const [rows = 0, ...rest] = shape
  if (rows % count !== 0) {
    throw new TubeletError(`"${from}" of ${file.path} has ${rows} rows, not a multiple of ${count}`)
  }
  const part = [rows / count, ...rest]
  const length = bytesOf(dtype, part)
  const bytes = async () =>
    (await fetchBytes(from, source)).subarray(index * length, (index + 1) * length)
  return { dtype, shape: part, bytes }
}

function stacked(name: string, parts: readonly TensorSource[]): TensorSource {
  if (parts.length === 1) return parts[0]
  const [first] = parts as [TensorSource]
  const inner = ({ dtype, shape }: TensorSource) => `${dtype} [..., ${shape.slice(1)}]`
  const other = parts.find((part) => inner(part) !== inner(first) || part.shape.length === 0)
  if (other) {
    throw new TubeletError(`cannot stack "${name}" from ${inner(first)} and ${inner(other)}`)
  }
  const rows = parts.reduce((sum, { shape }) => sum + shape[0], 0)
  const shape = [rows, ...first.shape.slice(1)]
  return { dtype: first.dtype, shape, bytes: () => joined(name, first.dtype, shape, parts) }
}

async function joined(
  name: string,
  dtype: ElementType,
  shape: readonly number[],
  parts: readonly TensorSource[],
): Promise<Uint8Array> {
  const all = new Uint8Array(bytesOf(dtype, shape))
  let at = 0
  for (const part of parts) {
    const bytes = await fetchBytes(name, part)
    all.set(bytes, at)
    at += bytes.length
  }
  return all
}
