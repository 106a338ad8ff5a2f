import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const beside = process.env.TUBELET_FIXTURES ?? path("../../../../shared/fixtures")
/** The authors' masks. All sets are in the fixtures folder; this small one is also kept here. */
const folder = existsSync(`${beside}/masks`) ? `${beside}/masks` : path("./golden")

export const goldenJson = <T>(name: string): T =>
  JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8"))

export interface Golden {
  shape: number[]
  data: Uint8Array | Int32Array | Float32Array
}

/** The tensors of a small safetensors file. */
export function goldenTensors(name: string): Record<string, Golden> {
  const bytes = readFileSync(`${folder}/${name}.safetensors`)
  const start = 8 + Number(bytes.readBigUInt64LE(0))
  const { __metadata__, ...header } = JSON.parse(bytes.toString("utf8", 8, start))
  const arrays = { U8: Uint8Array, I32: Int32Array, F32: Float32Array }
  const read = ([key, { dtype, shape, data_offsets }]: [string, Entry]) => {
    const [from, to] = data_offsets.map((offset) => start + offset)
    const copy = Uint8Array.from(bytes.subarray(from, to)).buffer
    return [key, { shape, data: new arrays[dtype](copy) }]
  }
  return Object.fromEntries(Object.entries<Entry>(header).map(read))
}

interface Entry {
  dtype: "U8" | "I32" | "F32"
  shape: number[]
  data_offsets: [number, number]
}
