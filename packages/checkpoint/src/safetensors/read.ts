import { TubeletError } from "@tubelet/core"
import { type ByteSource, byteSource, type Readable } from "../files/source.js"
import { type FileTensor, toFloats } from "../tensor.js"
import { type Header, headerLength, parseHeader } from "./header.js"

/** An open file of tensors: the header is read, each tensor only when asked for. */
export interface TensorFile {
  readonly header: Header
  readonly names: readonly string[]
  has(name: string): boolean
  shape(name: string): readonly number[]
  read(name: string): Promise<FileTensor>
  /** The elements as f32. */
  floats(name: string): Promise<Float32Array>
  close(): Promise<void>
}

/** Opens a safetensors file and checks its header; `input` is a path (Node), bytes or a Blob. */
export async function openSafetensors(input: Readable): Promise<TensorFile> {
  const source = await byteSource(input)
  try {
    return await tensorFile(source)
  } catch (error) {
    await source.close()
    throw error
  }
}

/** Every tensor of a file as f32. */
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

async function tensorFile(source: ByteSource): Promise<TensorFile> {
  const { name: file, size } = source
  const length = headerLength(await source.read(0, Math.min(8, size)), file, size)
  const header = parseHeader(await source.read(8, 8 + length), file, size)
  const names = [...header.entries.keys()]
  const entry = (name: string) => {
    const found = header.entries.get(name)
    if (found) return found
    const some = names.length > 5 ? `, such as ${names.slice(0, 5).join(", ")}` : `: ${names}`
    throw new TubeletError(
      `${file} holds no tensor "${name}"`,
      `it holds ${names.length} tensors${some}`,
    )
  }
  const read = async (name: string): Promise<FileTensor> => {
    const { dtype, shape, begin, end } = entry(name)
    const bytes = await source.read(header.dataStart + begin, header.dataStart + end)
    return { dtype, shape, bytes }
  }
  return {
    header,
    names,
    has: (name) => header.entries.has(name),
    shape: (name) => entry(name).shape,
    read,
    floats: async (name) => toFloats(name, await read(name)),
    close: () => source.close(),
  }
}
