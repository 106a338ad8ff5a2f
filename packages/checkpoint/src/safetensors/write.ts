import { replaceFile } from "@tubelet/core/files"
import {
  bytesOf,
  elementBytes,
  fetchBytes,
  type TensorSource,
  type TensorSources,
} from "../tensor.js"

/** PyTorch's loaders look for this entry. */
const format = { format: "pt" }

/**
 * Writes tensors to `path` one at a time, so only one is in memory. Replaces `path` atomically: the
 * file is written under a temporary name, synced and renamed.
 */
export async function writeSafetensors(
  path: string,
  tensors: TensorSources,
  metadata: Readonly<Record<string, string>> = format,
): Promise<void> {
  await replaceFile(path, async (append) => {
    for await (const piece of pieces(tensors, metadata)) await append(piece)
  })
}

/** The same file as bytes in memory. */
export async function encodeSafetensors(
  tensors: TensorSources,
  metadata: Readonly<Record<string, string>> = format,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: BlobPart[] = []
  for await (const piece of pieces(tensors, metadata)) parts.push(piece as BlobPart)
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}

async function* pieces(
  tensors: TensorSources,
  metadata: Readonly<Record<string, string>>,
): AsyncGenerator<Uint8Array> {
  const ordered = inFileOrder(tensors)
  yield headerBytes(ordered, metadata)
  for (const [name, source] of ordered) {
    yield await fetchBytes(name, source)
  }
}

type Named = readonly [string, TensorSource]

/** Widest elements first, so that every tensor is aligned; then by name, for reproducibility. */
const inFileOrder = (tensors: TensorSources): Named[] =>
  Object.entries(tensors).sort(
    ([a, one], [b, other]) =>
      elementBytes[other.dtype] - elementBytes[one.dtype] || (a < b ? -1 : 1),
  )

const alignment = 8

function headerBytes(
  tensors: readonly Named[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let begin = 0
  const entries = tensors.map(([name, { dtype, shape }]) => {
    const end = begin + bytesOf(dtype, shape)
    const entry = { dtype, shape, data_offsets: [begin, end] }
    begin = end
    return [name, entry]
  })
  const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) })
  const text = new TextEncoder().encode(json)
  const padded = Math.ceil(text.length / alignment) * alignment
  const bytes = new Uint8Array(8 + padded).fill(32)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true)
  bytes.set(text, 8)
  return bytes
}
