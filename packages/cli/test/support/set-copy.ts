import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"

/** The project's own sets. */
export const golden = fileURLToPath(new URL("../golden", import.meta.url))

/** A copy of a set of the project and of the one it refers to; both are gone after the test. */
export async function copyOf(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tubelet-verify-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const set = join(folder, name)
  await cp(join(golden, name), set, { recursive: true })
  const { init_set: beside } = JSON.parse(await readFile(join(set, "meta.json"), "utf8"))
  if (beside) await cp(join(golden, beside), join(folder, beside), { recursive: true })
  return set
}

type Meta = Record<string, Record<string, unknown>>

/** Rewrites a JSON file of a set. */
export async function edit(set: string, change: (meta: Meta) => void, file = "meta.json") {
  const path = join(set, file)
  const meta = JSON.parse(await readFile(path, "utf8"))
  change(meta)
  await writeFile(path, JSON.stringify(meta))
}

interface Entry {
  readonly dtype: string
  readonly data_offsets: readonly [number, number]
}

/** The bytes of a set's tensors, and where each begins and ends in them. */
export async function tensorsOf(path: string) {
  const bytes = await readFile(path)
  const start = 8 + Number(bytes.readBigUInt64LE(0))
  const { __metadata__, ...header } = JSON.parse(bytes.toString("utf8", 8, start))
  return { bytes, start, header: header as Record<string, Entry> }
}

/** Adds 0.001 to the last number of each tensor of a set's outputs, to an integer 1. */
export async function move(set: string, names?: readonly string[]): Promise<string[]> {
  const path = join(set, "outputs.safetensors")
  const { bytes, start, header } = await tensorsOf(path)
  const moved = names ?? Object.keys(header)
  for (const name of moved) {
    const { dtype, data_offsets } = header[name]
    const end = start + data_offsets[1]
    if (dtype === "F32") bytes.writeFloatLE(bytes.readFloatLE(end - 4) + 0.001, end - 4)
    else bytes[end - (dtype === "I32" ? 4 : 1)] += 1
  }
  await writeFile(path, bytes)
  return [...moved]
}
