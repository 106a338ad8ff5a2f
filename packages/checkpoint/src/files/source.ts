import { TubeletError } from "@tubelet/core"
import { fileSystem } from "@tubelet/core/files"

/** A source of bytes that is read piece by piece. */
export interface ByteSource {
  /** Name for errors, usually a path. */
  readonly name: string
  readonly size: number
  /** Bytes [start, end), as a copy or a view. */
  read(start: number, end: number): Promise<Uint8Array>
  close(): Promise<void>
}

/** A path (Node only), bytes in memory, or a Blob or File. */
export type Readable = string | ArrayBuffer | Uint8Array | Blob | ByteSource

/** Opens anything readable. */
export async function byteSource(input: Readable): Promise<ByteSource> {
  if (typeof input === "string") return fileSource(input)
  if (input instanceof ArrayBuffer) return memorySource(new Uint8Array(input))
  if (input instanceof Uint8Array) return memorySource(input)
  if (input instanceof Blob) return blobSource(input)
  return input
}

const memorySource = (bytes: Uint8Array): ByteSource => ({
  name: "the buffer",
  size: bytes.length,
  read: async (start, end) => bytes.subarray(start, end),
  close: async () => {},
})

const blobSource = (blob: Blob): ByteSource => ({
  name: blob instanceof File ? blob.name : "the blob",
  size: blob.size,
  read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  close: async () => {},
})

async function fileSource(path: string): Promise<ByteSource> {
  const fs = await fileSystem()
  const file = await fs.open(path).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === "ENOENT" ? "no such file" : cause.message
    throw new TubeletError(`cannot read ${path}: ${why}`, "check the path", { cause })
  })
  const stat = await file.stat()
  if (!stat.isFile()) {
    await file.close()
    throw new TubeletError(`${path} is not a file`, "pass the path of the file itself")
  }
  const { size } = stat
  return {
    name: path,
    size,
    async read(start, end) {
      const bytes = new Uint8Array(end - start)
      let done = 0
      while (done < bytes.length) {
        const piece = Math.min(bytes.length - done, largestRead)
        const { bytesRead } = await file.read(bytes, done, piece, start + done)
        if (bytesRead === 0) throw new TubeletError(`${path} was truncated while being read`)
        done += bytesRead
      }
      return bytes
    },
    close: () => file.close(),
  }
}

/** Node reads at most 2^31 - 1 bytes at once. */
const largestRead = 2 ** 30
