import type { FileHandle } from "node:fs/promises"
import { TubeletError } from "@tubelet/core"
import type { ElementType } from "./safetensors.js"
import { bytesOf } from "./tensor.js"

/** A tensor to be written; its bytes are fetched only when their turn comes. */
export interface TensorSource {
  readonly dtype: ElementType
  readonly shape: readonly number[]
  bytes(): Promise<Uint8Array> | Uint8Array
}

const alignment = 8

/** The header of a file that holds `tensors` in the order of their names. */
function headerBytes(
  tensors: readonly (readonly [string, TensorSource])[],
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

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    done += (await handle.write(bytes, done, bytes.length - done)).bytesWritten
  }
}

/**
 * Writes tensors, sorted by name, to `path`, one after the other, and syncs the file. The caller
 * gives a temporary name and renames it: see `writeCheckpoint`.
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, TensorSource>>,
  metadata: Readonly<Record<string, string>> = { format: "pt" },
): Promise<void> {
  const { open } = await import("node:fs/promises")
  const sorted = Object.entries(tensors).sort(([a], [b]) => (a < b ? -1 : 1))
  const handle = await open(path, "w")
  try {
    await writeAll(handle, headerBytes(sorted, metadata))
    for (const [name, source] of sorted) {
      const bytes = await source.bytes()
      const expected = bytesOf(source.dtype, source.shape)
      if (bytes.length !== expected) {
        throw new TubeletError(
          `tensor "${name}" has ${bytes.length} bytes, its shape needs ${expected}`,
        )
      }
      await writeAll(handle, bytes)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
}
