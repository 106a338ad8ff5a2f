import { TubeletError } from "@tubelet/core"
import { decodeText } from "@tubelet/core/text"
import { byteSource, type Readable } from "./source.js"

/** Far above any index or configuration; larger files are not read. */
const largest = 32 * 2 ** 20

export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Reads a file that consists of one JSON object. */
export async function readJsonObject(input: Readable): Promise<JsonObject> {
  const source = await byteSource(input)
  try {
    if (source.size > largest) {
      throw new TubeletError(`${source.name} has ${source.size} bytes, too many for JSON metadata`)
    }
    return parseJsonObject(await source.read(0, source.size), source.name)
  } finally {
    await source.close()
  }
}

/** Parses one JSON object; errors name `file`. */
export function parseJsonObject(bytes: Uint8Array, file: string): JsonObject {
  const value = parsed(decodeText(bytes, file))
  if (isObject(value)) return value
  throw new TubeletError(`${file} is not a JSON object`, "download or write it again")
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
