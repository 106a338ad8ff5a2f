import { type ByteSource, byteSource, type Readable } from "../files/source.js"
import type { TensorSource } from "../tensor.js"
import { type TensorFile, tensorFile } from "../tensor-file.js"
import { headerLength, parseHeader } from "./header.js"

/** An open safetensors file. */
export interface SafetensorsFile extends TensorFile {
  readonly metadata: Readonly<Record<string, string>>
}

/** Opens a safetensors file and checks its header; `input` is a path (Node), bytes or a Blob. */
export async function openSafetensors(input: Readable): Promise<SafetensorsFile> {
  const source = await byteSource(input)
  try {
    return await readHeader(source)
  } catch (error) {
    await source.close()
    throw error
  }
}

/** Reads every tensor of a file as f32. */
export async function readFloats(input: Readable): Promise<Record<string, Float32Array>> {
  const file = await openSafetensors(input)
  try {
    const all: [string, Float32Array][] = []
    for (const name of file.names) all.push([name, await file.floats(name)])
    return Object.fromEntries(all)
  } finally {
    await file.close()
  }
}

async function readHeader(source: ByteSource): Promise<SafetensorsFile> {
  const { name: file, size } = source
  const length = headerLength(await source.read(0, Math.min(8, size)), file, size)
  const { entries, metadata, dataStart } = parseHeader(await source.read(8, 8 + length), file, size)
  const tensors = new Map<string, TensorSource>()
  for (const [name, { dtype, shape, begin, end }] of entries) {
    const bytes = () => source.read(dataStart + begin, dataStart + end)
    tensors.set(name, { dtype, shape, bytes })
  }
  return { ...tensorFile(file, tensors, () => source.close()), metadata }
}
