import { open } from "node:fs/promises"
import type { PackedFile } from "../item.js"

/** The first bytes of a file in an archive; by default all. */
export async function bytesOf({ archive, offset, size }: PackedFile, most = size): Promise<Buffer> {
  const file = await open(archive)
  try {
    const bytes = Buffer.alloc(Math.min(size, most))
    const { bytesRead } = await file.read(bytes, 0, bytes.length, offset)
    return bytes.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
