import { TubeletError } from "@tubelet/core"
import { bytesOf, type ElementType, elementBytes, isRange, isShape } from "../tensor.js"
import { jsonProblem } from "./json.js"

/** A tensor's place, in bytes from the end of the header. */
export interface TensorEntry {
  readonly dtype: ElementType
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

export interface Header {
  readonly entries: ReadonlyMap<string, TensorEntry>
  readonly metadata: Readonly<Record<string, string>>
  /** Where the data starts in the file. */
  readonly dataStart: number
}

/** The format's own limit for a header. */
const largestHeader = 100_000_000

const refuse = (file: string, why: string): never => {
  const advice = "download or write it again"
  throw new TubeletError(`${file} is not a valid safetensors file: ${why}`, advice)
}

/** The length of the header, from the first eight bytes. */
export function headerLength(bytes: Uint8Array, file: string, fileBytes: number): number {
  if (bytes.length < 8) refuse(file, `it has ${bytes.length} bytes, but a header needs 8`)
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  if (length > largestHeader) refuse(file, `its header claims ${length} bytes`)
  if (8 + Number(length) > fileBytes) {
    refuse(file, `its header claims ${length} bytes, but the file has ${fileBytes}`)
  }
  return Number(length)
}

/** Reads and checks a header: types, shapes, sizes, bounds and overlaps. */
export function parseHeader(json: Uint8Array, file: string, fileBytes: number): Header {
  const dataStart = 8 + json.length
  const { __metadata__: metadata = {}, ...tensors } = parseJson(json, file)
  const entries = new Map<string, TensorEntry>()
  for (const [name, value] of Object.entries(tensors)) {
    entries.set(name, checkedEntry(name, value, file, fileBytes - dataStart))
  }
  checkLayout(entries, file, fileBytes - dataStart)
  checkMetadata(metadata, file)
  return { entries, metadata: metadata as Record<string, string>, dataStart }
}

function parseJson(json: Uint8Array, file: string): Record<string, unknown> {
  const text = decoded(json, file)
  const problem = jsonProblem(text)
  if (problem) return refuse(file, problem)
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>
    }
  } catch {
    // Refused below.
  }
  return refuse(file, noJson)
}

const noJson = "its header is not a JSON object"

const utf8 = new TextDecoder("utf-8", { fatal: true })

function decoded(json: Uint8Array, file: string): string {
  try {
    return utf8.decode(json)
  } catch {
    return refuse(file, noJson)
  }
}

function checkedEntry(name: string, value: unknown, file: string, dataBytes: number): TensorEntry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>
  if (typeof dtype !== "string" || !Object.hasOwn(elementBytes, dtype)) {
    return refuse(file, `tensor "${name}" has the unknown type ${JSON.stringify(dtype)}`)
  }
  if (!isShape(shape)) return refuse(file, `tensor "${name}" has an invalid shape`)
  if (!isRange(offsets)) return refuse(file, `tensor "${name}" has invalid data_offsets`)
  const [begin, end] = offsets
  const type = dtype as ElementType
  const bytes = bytesOf(type, shape)
  if (end - begin !== bytes) {
    return refuse(file, `tensor "${name}" needs ${bytes} bytes but has ${end - begin}`)
  }
  if (end > dataBytes) {
    return refuse(
      file,
      `tensor "${name}" ends at byte ${end} of ${dataBytes}: the file is truncated`,
    )
  }
  return { dtype: type, shape, begin, end }
}

/** Tensors must fill the data exactly, without overlaps or gaps. */
function checkLayout(entries: ReadonlyMap<string, TensorEntry>, file: string, dataBytes: number) {
  const sorted = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)
  let at = 0
  let previous = "the header"
  for (const [name, { begin, end }] of sorted) {
    if (begin < at) refuse(file, `tensors "${previous}" and "${name}" overlap`)
    if (begin > at) refuse(file, `${begin - at} bytes before tensor "${name}" belong to no tensor`)
    at = end
    previous = name
  }
  if (at < dataBytes) refuse(file, `${dataBytes - at} bytes at its end belong to no tensor`)
}

function checkMetadata(metadata: unknown, file: string) {
  const values = typeof metadata === "object" && metadata !== null ? Object.values(metadata) : [0]
  if (!values.every((value) => typeof value === "string")) {
    refuse(file, "its metadata is not a map of strings")
  }
}
