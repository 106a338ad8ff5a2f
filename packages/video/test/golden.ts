import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** Golden values of the authors' code: next to the repository, or in TUBELET_FIXTURES. */
const folder =
  process.env.TUBELET_FIXTURES ??
  fileURLToPath(new URL("../../../../shared/fixtures", import.meta.url))

export const hasGolden = existsSync(`${folder}/augment`)

// biome-ignore lint/suspicious/noExplicitAny: the golden files are JSON of many shapes.
export const goldenJson = (name: string): any =>
  JSON.parse(readFileSync(`${folder}/augment/${name}.json`, "utf8"))

/** The 8-bit and f32 tensors of augment/pixels.safetensors. */
export function goldenPixels(): Map<string, { shape: number[]; data: Uint8Array | Float32Array }> {
  const bytes = readFileSync(`${folder}/augment/pixels.safetensors`)
  const headerLength = Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + headerLength))
  const tensors = new Map()
  for (const [name, entry] of Object.entries<{
    dtype: string
    shape: number[]
    data_offsets: [number, number]
  }>(header)) {
    if (name === "__metadata__") continue
    const [start, end] = entry.data_offsets.map((offset) => 8 + headerLength + offset)
    const data = Uint8Array.from(bytes.subarray(start, end))
    const typed = entry.dtype === "F32" ? new Float32Array(data.buffer) : data
    tensors.set(name, { shape: entry.shape, data: typed })
  }
  return tensors
}
