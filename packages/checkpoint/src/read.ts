import { TubeletError } from "@tubelet/core"
import { type Header, headerLength, parseHeader } from "./safetensors.js"
import { type FileTensor, toFloats } from "./tensor.js"

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

type ReadRange = (begin: number, end: number) => Promise<Uint8Array>

async function tensorFile(
  file: string,
  bytes: number,
  range: ReadRange,
  close: () => Promise<void>,
): Promise<TensorFile> {
  const length = headerLength(await range(0, Math.min(8, bytes)), file, bytes)
  const header = parseHeader(await range(8, 8 + length), file, bytes)
  const entry = (name: string) => {
    const found = header.entries.get(name)
    if (found) return found
    throw new TubeletError(
      `${file} holds no tensor "${name}"`,
      `it holds ${header.entries.size} tensors, such as ${[...header.entries.keys()].slice(0, 5).join(", ")}`,
    )
  }
  const read = async (name: string): Promise<FileTensor> => {
    const { dtype, shape, begin, end } = entry(name)
    return { dtype, shape, bytes: await range(header.dataStart + begin, header.dataStart + end) }
  }
  return {
    header,
    names: [...header.entries.keys()],
    has: (name) => header.entries.has(name),
    shape: (name) => entry(name).shape,
    read,
    floats: async (name) => toFloats(name, await read(name)),
    close,
  }
}

/** Opens a safetensors file on disk (Node). */
export async function openSafetensors(path: string): Promise<TensorFile> {
  const { open } = await import("node:fs/promises")
  const handle = await open(path, "r").catch((cause: unknown) => {
    const why = (cause as { code?: string }).code === "ENOENT" ? "does not exist" : String(cause)
    throw new TubeletError(`${path} cannot be read: it ${why}`, "check the path", { cause })
  })
  try {
    const { size } = await handle.stat()
    const range: ReadRange = async (begin, end) => {
      const bytes = new Uint8Array(end - begin)
      let done = 0
      while (done < bytes.length) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, begin + done)
        if (bytesRead === 0) throw new TubeletError(`${path} became shorter while it was read`)
        done += bytesRead
      }
      return bytes
    }
    return await tensorFile(path, size, range, () => handle.close())
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Reads safetensors bytes already in memory (browsers, tests). */
export const parseSafetensors = (bytes: Uint8Array, file = "the given data"): Promise<TensorFile> =>
  tensorFile(
    file,
    bytes.length,
    async (begin, end) => bytes.subarray(begin, end),
    async () => {},
  )

/** Every tensor of a file as f32. */
export async function readFloats(path: string): Promise<Record<string, Float32Array>> {
  const file = await openSafetensors(path)
  try {
    const all: Record<string, Float32Array> = {}
    for (const name of file.names) all[name] = await file.floats(name)
    return all
  } finally {
    await file.close()
  }
}
