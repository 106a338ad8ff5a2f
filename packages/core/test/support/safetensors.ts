import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { HostArray, Spec } from "../../src/index.js"

export interface Stored extends Spec {
  readonly data: HostArray
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const beside = process.env.TUBELET_FIXTURES ?? path("../../../../../shared/fixtures")

/**
 * A file of the authors' numbers. All sets are in the fixtures folder; `layers` is also in the
 * repository.
 */
export const fixture = (name: string): string =>
  [`${beside}/${name}`, path(`../golden/${name}`)].find(existsSync)!

const types = {
  F32: { dtype: "f32", of: Float32Array },
  I32: { dtype: "i32", of: Int32Array },
  U8: { dtype: "u8", of: Uint8Array },
} as const

interface Entry {
  dtype: keyof typeof types
  shape: number[]
  data_offsets: [number, number]
}

/** Reads a safetensors file: header length, JSON header, raw little-endian data. */
export function readSafetensors(path: string): Map<string, Stored> {
  const bytes = readFileSync(path)
  const start = 8 + Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.toString("utf8", 8, start)) as Record<string, Entry>
  delete header.__metadata__
  return new Map(
    Object.entries(header).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const { of, dtype: own } = types[dtype]
        const data = new of(new Uint8Array(bytes.subarray(start + from, start + to)).buffer)
        return [name, { dtype: own, shape, data }]
      },
    ),
  )
}
